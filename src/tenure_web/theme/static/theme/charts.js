// Charts: every [data-chart] element is drawn by ECharts from the JSON beside it, again when the theme changes.
// Data: {x: [...], brief: [...], series: [{name, values, colour}], unit: "people" | "money" | "share", currency, height}.
// Colours are names of the table below, because ECharts cannot read CSS variables.
(() => {
  const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  const COLOURS = {
    light: {
      ink: "#1d2733", soft: "#64707d", line: "#e4e8ed", surface: "#ffffff", accent: "#2f5bd0", grey: "#a9b3be", warm: "#c58a4a",
      ramp: ["#85d7c4", "#63c7c4", "#43b7c5", "#28a5c6", "#2091c5", "#2d7bc1", "#3d64b9", "#4a4cad", "#52339b"], leaving: "#ac704e",
      segments: { champion: "#52339b", loyal: "#3d64b9", high_potential: "#2091c5", recent: "#43b7c5", nurture: "#8fa3b5", at_risk: "#d9a441", cant_lose: "#c0692f", about_to_lose: "#8f5b45", prospect: "#c3cbd4" },
    },
    dark: {
      ink: "#dfe6ee", soft: "#93a1b1", line: "#2b3645", surface: "#18202c", accent: "#7f9ff2", grey: "#5d6a79", warm: "#d9a86a",
      ramp: ["#378474", "#268f8c", "#1d99a6", "#2ea0bf", "#4da6d6", "#6eabe6", "#8eaff0", "#abb4f4", "#c5bbf4"], leaving: "#d39471",
      segments: { champion: "#c5bbf4", loyal: "#8eaff0", high_potential: "#4da6d6", recent: "#2ea39a", nurture: "#7d8fa1", at_risk: "#d9b35c", cant_lose: "#dd8f55", about_to_lose: "#b98269", prospect: "#4a5766" },
    },
  };
  const mode = () => (document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light");
  const colour = (name) => {
    const table = COLOURS[mode()];
    const text = String(name || "accent");
    if (text.startsWith("segment-")) return table.segments[text.slice(8)] || table.grey;
    if (text === "stage-leaving") return table.leaving;
    if (text.startsWith("stage-")) return table.ramp[Number(text.slice(6)) - 1] || table.accent;
    return table[text] || text;
  };
  const chinese = () => document.documentElement.lang.startsWith("zh");
  const exact = (value, data) => {
    if (value === null || value === undefined) return "–";
    if (data.unit === "share") return `${(value * 100).toFixed(1)}%`;
    if (data.unit === "money") return `${data.sign || ""}${value.toLocaleString("en", { maximumFractionDigits: 2 })}`;
    return value.toLocaleString("en");
  };
  const brief = (value, data) => {
    if (data.unit === "share") return `${Math.round(value * 100)}%`;
    const steps = chinese() ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, "B"], [1e6, "M"], [1e3, "K"]];
    const found = steps.find(([floor]) => Math.abs(value) >= floor);
    const text = found ? `${+(value / found[0]).toFixed(1)}${found[1]}` : `${value}`;
    return data.unit === "money" ? `${data.sign || ""}${text}` : text;
  };
  const theme = (name) => {
    const table = COLOURS[name];
    const axis = { axisLine: { lineStyle: { color: table.line } }, axisTick: { show: false }, axisLabel: { color: table.soft }, splitLine: { lineStyle: { color: table.line } } };
    return {
      backgroundColor: "transparent", textStyle: { fontFamily: FONT, color: table.ink }, color: table.ramp,
      categoryAxis: { ...axis, splitLine: { show: false } }, valueAxis: { ...axis, axisLine: { show: false } }, timeAxis: axis,
      legend: { textStyle: { color: table.soft } },
      tooltip: { backgroundColor: table.surface, borderColor: table.line, textStyle: { color: table.ink, fontSize: 12 }, extraCssText: "box-shadow:0 4px 16px rgba(0,0,0,.16)" },
    };
  };
  const tip = (data, total) => (points) => {
    const head = document.createElement("div");
    const lines = points.filter((point) => point.value).map((point) => `${point.marker}${escape_(point.seriesName)}&emsp;<b>${exact(point.value, data)}</b>`);
    head.textContent = points[0]?.axisValueLabel || "";
    const sum = total ? `<br>${escape_(data.total || "")}&emsp;<b>${exact(points.reduce((all, point) => all + (point.value || 0), 0), data)}</b>` : "";
    return `<b>${head.innerHTML}</b><br>${lines.reverse().join("<br>")}${sum}`;
  };
  const escape_ = (text) => { const box = document.createElement("i"); box.textContent = text; return box.innerHTML; };
  const frame = (data, box, right) => ({
    animationDuration: 300,
    grid: { left: 4, right, top: 26, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: data.x, boundaryGap: false, axisLabel: { hideOverlap: true } },
    yAxis: { type: "value", splitNumber: 4, scale: false, axisLabel: { formatter: (value) => brief(value, data) } },
    legend: { show: box.clientWidth < 640, type: "scroll", top: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect" },
    tooltip: { trigger: "axis", confine: true },
  });
  // Up to twelve bars each have their name; where names are too long for the room, the short ones of data.brief stand.
  const under = (data, box) => {
    if (data.x.length > 12) return { hideOverlap: true, alignMaxLabel: "right", interval: "auto" };
    const room = box.clientWidth / data.x.length, short = data.brief && room < 120;
    if (!short) return { hideOverlap: true, interval: 0 };
    return { interval: 0, rotate: room < 60 ? 45 : 0, formatter: (_name, index) => data.brief[index] };
  };
  const endLabel = (box) => ({ show: box.clientWidth >= 640, formatter: "{a}", distance: 8, fontSize: 11, color: colour("soft") });
  const kinds = {
    area: (data, box) => ({
      ...frame(data, box, box.clientWidth < 640 ? 8 : 96),
      tooltip: { trigger: "axis", confine: true, formatter: tip(data, true) },
      series: data.series.map((line) => ({
        name: line.name, type: "line", stack: "all", data: line.values, showSymbol: false, lineStyle: { width: 1, color: colour(line.colour) },
        itemStyle: { color: colour(line.colour) }, areaStyle: { color: colour(line.colour), opacity: 0.82 }, endLabel: endLabel(box),
        labelLayout: { moveOverlap: "shiftY" }, emphasis: { focus: "series" },
      })),
    }),
    line: (data, box) => ({
      ...frame(data, box, box.clientWidth < 640 ? 8 : 96),
      tooltip: { trigger: "axis", confine: true, formatter: tip(data, false) },
      series: data.series.map((line) => ({
        name: line.name, type: "line", data: line.values, showSymbol: data.x.length < 3, lineStyle: { width: 2, color: colour(line.colour) },
        itemStyle: { color: colour(line.colour) }, endLabel: endLabel(box), labelLayout: { moveOverlap: "shiftY" }, emphasis: { focus: "series" },
      })),
    }),
    bars: (data, box) => ({
      ...frame(data, box, 8),
      xAxis: { type: "category", data: data.x, axisLabel: under(data, box), axisLine: { onZero: true } },
      legend: { show: data.series.length > 1, type: "scroll", top: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect" },
      tooltip: { trigger: "axis", confine: true, axisPointer: { type: "shadow" }, formatter: tip(data, false) },
      series: data.series.map((bar) => ({
        name: bar.name, type: "bar", stack: data.stacked ? "all" : undefined, data: bar.values, barMaxWidth: 34, itemStyle: { color: colour(bar.colour) },
      })),
    }),
  };
  const own = {};  // other apps add kinds: tenureCharts.kinds.mine = (data, box, colour) => option
  const draw = (box) => {
    const source = document.getElementById(box.dataset.source);
    if (!source) return;
    const data = JSON.parse(source.textContent);
    if (data.series && data.x) addTools(box);
    const make = kinds[box.dataset.chart] || own[box.dataset.chart];
    window.echarts.getInstanceByDom(box)?.dispose();
    const chart = window.echarts.init(box, `tenure-${mode()}`, { renderer: "svg" });
    chart.setOption(make(data, box, colour));
    chart.on("click", (point) => {
      const href = data.hrefs?.[point.dataIndex] || data.series?.[point.seriesIndex]?.hrefs?.[point.dataIndex] || data.series?.[point.seriesIndex]?.href;
      if (href) location.href = href;
    });
  };
  const save = (name, href) => Object.assign(document.createElement("a"), { download: name, href }).click();
  const asImage = (box, data) => {
    const room = document.createElement("div");
    room.style.cssText = `position:absolute;left:-9999px;width:${box.clientWidth}px;height:${box.clientHeight}px`;
    document.body.append(room);
    const chart = window.echarts.init(room, `tenure-${mode()}`);
    chart.setOption({ ...(kinds[box.dataset.chart] || own[box.dataset.chart])(data, box, colour), animation: false });
    save(`${box.dataset.source}.png`, chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colour("surface") }));
    chart.dispose();
    room.remove();
  };
  const asTable = (box, data) => {
    const cell = (value) => {
      const text = `${value ?? ""}`;
      const safe = typeof value === "string" && /^\s*[=+\-@|%]/.test(text) ? `'${text}` : text;
      return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const lines = data.x.map((x, index) => [x, ...data.series.map((line) => line.values[index])]);
    const text = [["", ...data.series.map((line) => line.name)], ...lines].map((line) => line.map(cell).join(",")).join("\r\n");
    const href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    save(`${box.dataset.source}.csv`, href);
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  };
  const addTools = (box) => {
    if (box.nextElementSibling?.classList.contains("chart-tools")) return;
    const tools = document.createElement("div");
    tools.className = "chart-tools";
    [["PNG", asImage], ["CSV", asTable]].forEach(([words, act]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: words });
      button.addEventListener("click", () => act(box, JSON.parse(document.getElementById(box.dataset.source).textContent)));
      tools.append(button);
    });
    box.after(tools);
  };
  const drawAll = (within) => within.querySelectorAll("[data-chart]").forEach(draw);
  window.tenureCharts = { kinds: own, colour, draw, exact, brief };
  document.addEventListener("DOMContentLoaded", () => {
    window.echarts.registerTheme("tenure-light", theme("light"));
    window.echarts.registerTheme("tenure-dark", theme("dark"));
    drawAll(document);
  });
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.detail.elt));
  document.addEventListener("tenure:theme", () => window.echarts && document.readyState === "complete" && drawAll(document));
  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => drawAll(document), 150);
  });
})();
