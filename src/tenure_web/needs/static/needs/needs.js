// The season's charts: an index with its interval as a band around it, and a line at 1.
(() => {
  const { kinds } = window.tenureCharts;
  kinds.index = (data, box, colour) => {
    const [line, low, high] = data.series;
    const band = { type: "line", stack: "band", showSymbol: false, silent: true, lineStyle: { opacity: 0 } };
    const two = (value) => Number(value).toFixed(2);
    return {
      animationDuration: 300,
      grid: { left: 4, right: 30, top: 14, bottom: 4, containLabel: true },
      xAxis: { type: "category", data: data.x, boundaryGap: false, axisLabel: { hideOverlap: true } },
      yAxis: { type: "value", scale: true, splitNumber: 4, axisLabel: { formatter: two } },
      tooltip: {
        trigger: "axis", confine: true,
        formatter: (points) => { const at = points[0].dataIndex; return `<b>${points[0].axisValueLabel}</b><br>${two(line.values[at])} (${two(low.values[at])}–${two(high.values[at])})`; },
      },
      series: [
        { ...band, name: low.name, data: low.values },
        { ...band, name: high.name, data: high.values.map((value, at) => value - low.values[at]), areaStyle: { color: colour(line.colour), opacity: 0.16 } },
        {
          name: line.name, type: "line", data: line.values, showSymbol: data.x.length < 20, symbolSize: 6, lineStyle: { width: 2, color: colour(line.colour) }, itemStyle: { color: colour(line.colour) },
          markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: colour("soft"), type: "dashed" }, data: [{ yAxis: 1 }] },
        },
      ],
    };
  };
})();
