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

  const ROOM = { left: 46, right: 130, top: 12, bottom: 46 }; // around the curves; their names stand in the room at the right
  // A name a curve at the height of its end, pushed apart so that none lies over another, the axis or a curve.
  const names = (data, box, colour) => {
    const tall = box.clientHeight - ROOM.top - ROOM.bottom, line = Math.min(16, tall / data.series.length);
    const ends = data.series.map((each) => ({ ...each, end: each.values.findLast((value) => value !== null) ?? 0 })).sort((one, other) => other.end - one.end);
    const heights = ends.map((each) => ROOM.top + (1 - each.end) * tall);
    const last = ROOM.top + tall - line / 2;
    ends.forEach((_each, place) => { heights[place] = Math.max(heights[place], place ? heights[place - 1] + line : ROOM.top); });
    for (let place = ends.length - 1; place >= 0; place -= 1) heights[place] = Math.min(heights[place], last - (ends.length - 1 - place) * line);
    const left = box.clientWidth - ROOM.right + 12;
    return ends.flatMap((each, place) => [
      { type: "circle", silent: true, shape: { cx: left + 4, cy: heights[place], r: 4 }, style: { fill: colour(each.colour) } },
      { type: "text", silent: true, x: left + 13, y: heights[place], style: { text: each.name, fontSize: 11, fill: colour("soft"), width: ROOM.right - 27, overflow: "truncate", verticalAlign: "middle" } },
    ]);
  };
  // Every how many days the axis is written: round numbers with room between them.
  const written = (data, wide) => {
    const step = data.x[1] - data.x[0], last = data.x[data.x.length - 1];
    const every = [1, 2, 5, 10, 30, 60, 90, 180, 360].find((days) => days % step === 0 && last / days <= wide / 52);
    return every ? (_index, day) => Number(day) % every === 0 : "auto";
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
      grid: narrow(box) ? { ...ROOM, right: 8, top: 34 } : ROOM,
      graphic: narrow(box) ? [] : names(data, box, colour),
      xAxis: { type: "category", data: data.x, boundaryGap: false, name: data.words.days, nameLocation: "middle", nameGap: 26, axisLabel: { hideOverlap: true, interval: written(data, box.clientWidth - ROOM.left - (narrow(box) ? 8 : ROOM.right)) } },
      yAxis: { type: "value", min: 0, max: 1, interval: 0.25, axisLabel: { formatter: (value) => `${Math.round(value * 100)}%` } },
      legend: { show: narrow(box), type: "scroll", top: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect", data: data.series.map((line) => line.name) },
      tooltip: { trigger: "axis", confine: true, formatter: tip },
      series: [...data.series.flatMap(band), ...data.series.map(curve)],
    };
  };
})();
