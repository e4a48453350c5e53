// The charts of the reports: a Sankey from stages before to stages after, and survival curves with their intervals.
(() => {
  const { kinds, exact } = window.tenureCharts;
  const safe = (text) => { const box = document.createElement("i"); box.textContent = text; return box.innerHTML; };
  const narrow = (box) => box.clientWidth < 640;

  kinds.sankey = (data, box, colour) => {
    const names = Object.fromEntries(data.nodes.map((node) => [node.id, node.name]));
    const words = (link) => {
      const rate = link.rate === null ? "" : `<br>${exact(link.rate, { unit: "share" })} ${safe(data.words.rate)}`;
      const days = link.days === null ? "" : `<br>${exact(link.days, {})} ${safe(data.words.days)}`;
      return `<b>${safe(names[link.source])} → ${safe(names[link.target])}</b><br>${exact(link.value, {})} ${safe(data.words.moves)}${rate}${days}`;
    };
    return {
      animationDuration: 300,
      tooltip: { confine: true, formatter: (point) => (point.dataType === "edge" ? words(point.data) : `<b>${safe(names[point.name])}</b><br>${exact(point.value, {})}`) },
      series: [{
        type: "sankey", left: narrow(box) ? 82 : 110, right: narrow(box) ? 82 : 110, top: 8, bottom: 8, nodeWidth: 12, nodeGap: 12, layoutIterations: 0, draggable: false,
        emphasis: { focus: "adjacency" }, lineStyle: { color: "target", opacity: 0.38, curveness: 0.5 },
        label: { formatter: (point) => names[point.name], color: colour("ink"), fontSize: 12 },
        data: data.nodes.map((node) => ({ name: node.id, depth: node.depth, label: { position: node.depth ? "right" : "left" }, itemStyle: { color: colour(node.colour), borderWidth: 0 } })),
        links: data.links,
      }],
    };
  };

  kinds.survival = (data, box, colour) => {
    const band = (line) => [
      { name: line.name, type: "line", step: "end", stack: `band-${line.name}`, data: line.low, showSymbol: false, silent: true, lineStyle: { opacity: 0 }, itemStyle: { color: colour(line.colour) }, tooltip: { show: false } }, // the legend takes the colour of the first of a name
      {
        name: line.name, type: "line", step: "end", stack: `band-${line.name}`, showSymbol: false, silent: true, lineStyle: { opacity: 0 },
        data: line.high.map((high, index) => (high === null || line.low[index] === null ? null : high - line.low[index])), areaStyle: { color: colour(line.colour), opacity: 0.14 },
      },
    ];
    const curve = (line) => ({
      id: `curve-${line.name}`, name: line.name, type: "line", step: "end", data: line.values, showSymbol: false, z: 3, lineStyle: { width: 2, color: colour(line.colour) }, itemStyle: { color: colour(line.colour) },
      endLabel: { show: !narrow(box), formatter: "{a}", distance: 8, fontSize: 11, color: colour("soft") }, labelLayout: { moveOverlap: "shiftY" },
    });
    const tip = (points) => {
      const index = points[0]?.dataIndex ?? 0;
      const lines = data.series.filter((line) => line.values[index] !== null).map((line) => {
        const low = line.low[index], high = line.high[index];
        const interval = low === null ? "" : ` <span style="opacity:.7">(${exact(low, data)} – ${exact(high, data)})</span>`;
        return `<span style="color:${colour(line.colour)}">●</span> ${safe(line.name)}&emsp;<b>${exact(line.values[index], data)}</b>${interval}`;
      });
      return `<b>${data.x[index]} ${safe(data.words.days)}</b><br>${lines.join("<br>")}`;
    };
    return {
      animationDuration: 300,
      grid: { left: 4, right: narrow(box) ? 8 : 96, top: narrow(box) ? 34 : 12, bottom: 20, containLabel: true },
      xAxis: { type: "category", data: data.x, boundaryGap: false, name: data.words.days, nameLocation: "middle", nameGap: 26, axisLabel: { hideOverlap: true } },
      yAxis: { type: "value", min: 0, max: 1, interval: 0.25, axisLabel: { formatter: (value) => `${Math.round(value * 100)}%` } },
      legend: { show: narrow(box), type: "scroll", top: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect", data: data.series.map((line) => line.name) },
      tooltip: { trigger: "axis", confine: true, formatter: tip },
      series: [...data.series.flatMap(band), ...data.series.map(curve)],
    };
  };
})();
