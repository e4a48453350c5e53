"""The command line's Chinese. Keys are the English texts."""

CHINESE: dict[str, str] = {
    # the frame
    "The whole customer lifecycle, self-hosted.": "自行部署的客户全生命周期管理。",
    "{what}. See: {command} --help": "{what}。用法见：{command} --help",
    "{what}: {where}.": "{what}：{where}。",
    "Stopped.": "已停止。",
    "An unexpected {kind} stopped the command. Run it again with --trace and report it.": (
        "命令因意外错误 {kind} 中断。请加上 --trace 再运行一次，并反馈给我们。"
    ),
    "the workspace folder (default: TENURE_WORKSPACE, else the current folder)": (
        "工作区文件夹（默认取 TENURE_WORKSPACE，否则为当前文件夹）"
    ),
    "print one JSON document": "输出一个 JSON 文档",
    "answer for this instant: all events before it (2011-12-01 or 2011-12-01T14:30)": (
        "截至这一时刻：只计算此前的事件（如 2011-12-01 或 2011-12-01T14:30）"
    ),
    # init
    "make a workspace in a folder": "在文件夹中新建工作区",
    "the folder; made when it does not exist": "文件夹；不存在时自动创建",
    "name of the company": "公司名称",
    "time zone in which days begin, such as Asia/Shanghai": "以哪个时区划分日期，如 Asia/Shanghai",
    "currency of amounts that name none, such as CNY": "未注明币种的金额按此币种计，如 CNY",
    "language of pages and messages": "页面和消息的语言",
    "trade to start from, with lifecycle, features, segments and journeys: {listed}": (
        "起步行业，附带生命周期、特征、分群和旅程：{listed}"
    ),
    ", ": "、",
    "{key} ({title})": "{key}（{title}）",
    "Made a workspace in {folder}: days begin in {zone}, amounts are in {currency}. Change it in {file}.": (
        "已在 {folder} 新建工作区：日期按 {zone} 划分，金额以 {currency} 计。可在 {file} 中修改。"
    ),
    "Next: tenure --help, or start the pages with: tenure up --workspace {folder}": (
        "下一步：tenure --help；或启动网页：tenure up --workspace {folder}"
    ),
    # up
    "start the web server and the worker": "启动网页服务和后台进程",
    "port of the web pages (default: that of the address in tenure.yml)": "网页端口（默认取 tenure.yml 中地址的端口）",
    "network address to listen on (default: this machine only)": "监听的网络地址（默认仅限本机）",
    "Tenure is running at {address}": "Tenure 正在运行：{address}",
    "Make the first owner here (the link works once): {link}": "在此创建首位所有者（链接只能使用一次）：{link}",
    "Stop with Ctrl-C.": "按 Ctrl-C 停止。",
    "how many workers (default: 1; more need PostgreSQL)": "启动几个工作进程（默认 1 个；多于 1 个需要 PostgreSQL）",
    "There must be at least one worker.": "工作进程至少要有一个。",
    "Several workers need PostgreSQL: set `database` in tenure.yml.": (
        "多个工作进程需要 PostgreSQL：请在 tenure.yml 中设置 `database`。"
    ),
    "Worker {number}": "工作进程 {number}",
    "start more workers beside a running server (needs PostgreSQL)": (
        "在运行中的服务之外再启动工作进程（需要 PostgreSQL）"
    ),
    "Working. Stop with Ctrl-C.": "正在工作。按 Ctrl-C 停止。",
    "A Tenure server is already running for {folder}.": "{folder} 的 Tenure 服务已在运行。",
    "Port {port} of {host} cannot be used ({why}). Choose another one with --port.": (
        "{host} 的端口 {port} 无法使用（{why}）。请用 --port 另选一个。"
    ),
    "The web server": "网页服务",
    "The worker": "后台进程",
    "{name} stopped ({how}); starting it again in {pause:.0f} s.": "{name}已退出（{how}）；{pause:.0f} 秒后重新启动。",
    "{name} will not stay up; what it last said stands above.": "{name}反复退出，无法保持运行；原因见上方输出。",
    "exit code {code}": "退出码 {code}",
    "The server is running, but its worker does not take up work. Restart it: tenure up": (
        "服务正在运行，但后台进程没有处理任务。请重新启动：tenure up"
    ),
    # accounts
    "print a link to choose a new password": "输出一个重设密码的链接",
    "the address this person signs in with": "此人登录所用的邮箱",
    # demo
    "make a shop of simulated customers and serve it": "生成一家模拟店铺并启动",
    "how many customers (default: 20000)": "客户数（默认 20000）",
    "another number makes another shop": "换一个数字就是另一家店铺",
    "where it is made (default: demo-shop)": "生成位置（默认 demo-shop）",
    "only make the shop": "只生成店铺，不启动",
    "{folder} is not a demo shop. Choose another folder with --workspace.": (
        "{folder} 不是演示店铺。请用 --workspace 另选文件夹。"
    ),
    "Taking the shop that is in {folder}.": "沿用 {folder} 中的店铺。",
    "Making a shop of {count:,} customers and two years in {folder} …": (
        "正在 {folder} 生成一家有 {count:,} 名客户、两年历史的店铺……"
    ),
    "Loaded {count:,} events after {seconds:.0f} s.": "已载入 {count:,} 条事件，用时 {seconds:.0f} 秒。",
    "The shop is ready after {seconds:.0f} s.": "店铺已就绪，用时 {seconds:.0f} 秒。",
    "Sign in as {email} (the link works once):": "以 {email} 登录（链接只能使用一次）：",
    "Events keep coming in. Stop with Ctrl-C.": "事件会不断到来。按 Ctrl-C 停止。",
    "Shop": "店铺",
    # import
    "take in a file of orders, events, customers or costs": "导入订单、事件、客户或费用文件",
    "costs of winning customers, one a row": "获客费用，每行一笔",
    "kind of lines that name none: advertising (default), research or sales": (
        "未注明类型的行按此类型计：advertising 广告费用（默认）、research 市场研究费用、sales 销售成本"
    ),
    "Costs: {amount}": "费用：{amount}",
    "order lines": "订单明细",
    "events, one a row": "事件，每行一条",
    "customers, one a row": "客户，每行一位",
    "CSV (also .gz, .xz, .zip), XLSX or Parquet": "CSV（可为 .gz、.xz、.zip）、XLSX 或 Parquet 文件",
    "which column means what: customer=CustomerID,time=InvoiceDate,… (default: guessed from the names)": (
        "各列的含义：customer=CustomerID,time=InvoiceDate,……（默认按列名推测）"
    ),
    "name of the source (default: files)": "数据来源名称（默认 files）",
    "what stands between columns: one character, tab or space": "列分隔符：单个字符、tab 或 space",
    "character encoding, such as gb18030 (default: found out)": "字符编码，如 gb18030（默认自动识别）",
    "sheet of an XLSX file (default: the first)": "XLSX 文件的工作表（默认第一张）",
    "the first line is data; columns are 1, 2, 3 …": "首行就是数据；列以 1、2、3……指称",
    "the first line names the columns": "首行是列名",
    "read 3/4/2011 as 3 April": "把 3/4/2011 读作 4 月 3 日",
    "read 3/4/2011 as 4 March": "把 3/4/2011 读作 3 月 4 日",
    "say what would happen and change nothing": "只说明会发生什么，不做任何改动",
    "currency of amounts that name none, such as GBP": "未注明币种的金额按此币种计，如 GBP",
    "the decimal mark, where the file leaves doubt": "小数点符号（文件有歧义时指定）",
    "how these people agreed to a channel, such as email='opt-in form 2024'; without it nobody has": (
        "这些人如何同意某渠道触达，如 email='2024 年订阅表单'；不填即视为无人同意"
    ),
    '{option}: "{part}" must be written as name=value.': "{option}：“{part}”应写成 名称=值。",
    "Have these people agreed to be written to by e-mail? Say how and when, or press Enter for no.": (
        "这些人是否同意接收邮件？请写明同意的方式和时间；未同意请直接回车。"
    ),
    "Columns guessed: {columns}": "推测的列：{columns}",
    "Import": "导入",
    "This would happen; nothing was changed.": "以下为预演结果，未做任何改动。",
    "Import {number}": "导入 {number}",
    "lines accepted": "接受的行",
    "lines known already": "已有的行",
    "lines refused": "拒绝的行",
    "customers": "客户",
    "costs": "费用",
    "orders": "订单",
    "events": "事件",
    "Revenue: {amount}": "收入：{amount}",
    "The refused lines: tenure imports refused {number}": "查看被拒绝的行：tenure imports refused {number}",
    # imports
    "list imports, export refused lines, undo": "列出导入、导出被拒绝的行、撤销",
    "every import, newest first": "全部导入，最新在前",
    "take an import back": "撤销一次导入",
    "the import's number": "导入编号",
    "the refused lines of an import, as CSV on stdout": "把某次导入被拒绝的行以 CSV 输出",
    "Nothing was imported yet. Begin with: tenure import orders FILE": (
        "还没有导入过。请先运行：tenure import orders 文件"
    ),
    "Kind": "种类",
    "File": "文件",
    "State": "状态",
    "Accepted": "接受",
    "Known": "已有",
    "Refused": "拒绝",
    "running": "进行中",
    "done": "完成",
    "failed": "失败",
    "undone": "已撤销",
    "Undo": "撤销",
    "Import {number} is undone.": "导入 {number} 已撤销。",
    # sync
    "pull customers, orders and events from the company's own databases": "从公司自己的数据库拉取客户、订单和事件",
    "a source of definitions/sources (default: all of them)": "definitions/sources 中的数据来源（默认全部）",
    "show the sources with how their last sync went": "列出数据来源及上次拉取的结果",
    "pull every row again, not only what is new; known rows are passed over": (
        "重新拉取全部行，而不只是新增的行；已有的行自动略过"
    ),
    "There is no source yet. Write one in definitions/sources, such as shop.yml.": (
        "还没有数据来源。请在 definitions/sources 中写一个，如 shop.yml。"
    ),
    "{source}: rows pulled: {rows:,}": "{source}：拉取行数 {rows:,}",
    "Nothing is new.": "没有新数据。",
    "The next sync begins at {cursor}.": "下次从 {cursor} 开始。",
    "Source": "数据来源",
    "What": "内容",
    "Last sync": "上次拉取",
    "Cursor": "游标",
    "Rows": "行数",
    # privacy
    "everything known of one person, as a ZIP": "导出某位客户的全部资料（ZIP）",
    "the new file (default: customer-KEY.zip)": "新文件（默认 customer-编号.zip）",
    "erase one person for good, everywhere": "彻底删除某位客户的全部数据",
    "do not ask whether it is meant": "不再确认",
    "Wrote {file}.": "已写入 {file}。",
    "Nothing was erased. Say --yes if it is meant.": "未删除任何数据。确认删除请加 --yes。",
    "Erase": "删除",
    "The person is erased: {events} events.": "该客户已彻底删除：{events} 条事件。",
    "Backups made before still hold the person. Restoring one erases again, by the file erasures.jsonl.": (
        "此前的备份仍含有此人；恢复备份时会依据 erasures.jsonl 再次删除。"
    ),
    "This cannot be taken back. Type the customer again to erase it:": "删除后无法恢复。请再次输入该客户以确认：",
    "the journal of erasures (default: erasures.jsonl near the backup)": (
        "删除记录文件（默认取备份附近的 erasures.jsonl）"
    ),
    "Erased again after the backup: {count}.": "备份之后已删除、此次再次删除：{count} 人。",
    # run
    "load what waits, then compute features, stages and segments": "载入等待中的事件，再计算特征、阶段和分群",
    "Run": "运行",
    "{count:,} customers as of {moment}": "{count:,} 名客户，截至 {moment}",
    "Computed by Apache Spark at {address}.": "由 {address} 上的 Apache Spark 计算。",
    "Step": "步骤",
    "Time": "用时",
    "features": "特征",
    "stages": "阶段",
    "segments": "分群",
    "members": "自定义分群",
    "history": "历史",
    "kept restatement": "已有的重算结果",
    # stages, segments, moves, explain
    "how far each stage's team has come with its targets": "各阶段负责团队的指标完成情况",
    "{name}: targets as of {day}": "{name}：截至 {day} 的指标完成情况",
    "Team": "负责团队",
    "Goal": "指标",
    "Target": "目标",
    "Reached": "实际",
    "Goals": "指标",
    "behind": "落后",
    "met": "达成",
    "Task target": "任务指标",
    "Outcome target": "结果指标",
    "how many customers each segment has": "各分群有多少客户",
    "list the customers of this segment instead": "改为列出这个分群的客户",
    "Own segments": "自定义分群",
    "Who fits “{title}” (from {fit} of 100), by acquisition channel": (
        "契合「{title}」的客户（满分 100，{fit} 起），按获客渠道"
    ),
    "Channel": "渠道",
    "Of the channel": "占该渠道",
    "With an order": "已下单",
    "unknown": "未知",
    "Consent is only known to the pages: without it, nobody has agreed here. It is read by: {names}.": (
        "同意状态只有网页端知道，命令行按无人同意计算。涉及的分群：{names}。"
    ),
    "Kept by the minimum stay until {day}; the rules say {stage}.": (
        "因最短停留期保留至 {day}；按规则应为「{stage}」。"
    ),
    "Kept until its leave rule is true; the rules say {stage}.": (
        "离开规则尚未成立，仍留在此阶段；按规则应为「{stage}」。"
    ),
    "Kept because this lifecycle only goes forward; the rules say {stage}.": (
        "此生命周期只进不退，仍留在此阶段；按规则应为「{stage}」。"
    ),
    "how many customers each stage has": "各阶段有多少客户",
    "the lifecycle (default: the workspace's)": "生命周期（默认取工作区的）",
    "Stages": "阶段",
    "Stage": "阶段",
    "Customers": "客户",
    "Share": "占比",
    "{name} as of {day}: {count:,} customers": "{name}，截至 {day}：{count:,} 名客户",
    "Segments": "分群",
    "Segment": "分群",
    "Value segments as of {day}: {count:,} customers": "价值分群，截至 {day}：{count:,} 名客户",
    "the moves between stages in a period": "一段时间内各阶段之间的转移",
    "first day of the period": "时段的第一天",
    "the day after the period": "时段结束后的第一天",
    "{name} from {start} to {end}": "{name}，{start} 至 {end}",
    "From": "从",
    "To": "到",
    "Moves": "转移次数",
    "Direction": "方向",
    "Median days": "中位天数",
    "(new)": "（新客户）",
    "first": "首次进入",
    "forward": "前进",
    "backward": "后退",
    "leaving": "离开",
    "why a customer is in its stages": "客户为何处于当前阶段",
    "your id of the customer, its e-mail address or phone": "客户编号、邮箱或手机号",
    "{customer} as of {day}: {segment}": "{customer}，截至 {day}：{segment}",
    " since {day}": "，自 {day} 起",
    "{lifecycle}: {stage}": "{lifecycle}：{stage}",
    "Rule: {rule}": "规则：{rule}",
    "No other stage of this lifecycle matched.": "该生命周期的其他阶段均不符合。",
    # value
    "what customers will buy and be worth": "客户将来会买多少、值多少",
    "how well the models forecast a time held out": "用留出的一段时间检验各模型的预测",
    "where to split the time (default: before the last third)": "从哪一时刻切分（默认在最后三分之一之前）",
    "fit the models anew and score everybody": "重新拟合模型，并为所有客户打分",
    "score everybody; fit anew only when due or when customers drifted": (
        "为所有客户打分；仅在到期或客户行为偏移时重新拟合"
    ),
    "Held out from {cut} on, days: {days}. Customers of before: {customers:,}; purchases: {purchases:,}.": (
        "留出 {cut} 起的 {days} 天。此前的 {customers:,} 名客户在这段时间购买了 {purchases:,} 次。"
    ),
    "Held out from {cut} on, days: {days}. Contracts that ran: {customers:,}; renewals: {purchases:,}.": (
        "留出 {cut} 起的 {days} 天。当时在有效期内的 {customers:,} 份合同共续约 {purchases:,} 次。"
    ),
    "Value": "客户价值",
    "Purchases": "购买次数",
    "each contract's own risk": "每份合同自身的流失风险",
    "Renewals": "续约次数",
    "Spend, in {currency}": "消费金额（{currency}）",
    "Model": "模型",
    "Bias": "偏差",
    "Spearman": "秩相关",
    "Gini": "基尼系数",
    "Calibration error": "校准误差",
    "naive": "朴素基线",
    "← used": "← 采用",
    "the same in whole purchases": "同上，取整数次",
    "Computed in {seconds:.1f} s.": "用时 {seconds:.1f} 秒。",
    "{count:,} customers scored as of {day} with {model}.": "已用 {model} 为 {count:,} 名客户打分，截至 {day}。",
    "Fitted anew in {seconds:.1f} s ({why}).": "重新拟合用时 {seconds:.1f} 秒（{why}）。",
    "Scored in {seconds:.1f} s.": "打分用时 {seconds:.1f} 秒。",
    "asked": "应要求",
    "unfitted": "此前未拟合",
    "schedule": "已到期",
    "drift": "客户行为偏移",
    "earlier": "时刻早于上次拟合",
    # needs
    "when customers order next, and what to offer": "客户下次何时购买、推荐什么",
    "how well the last basket and the last gap would have been told": "用最后一次购买检验推荐与下次购买日期",
    "work out everybody's next order and offers": "计算所有客户的下次购买日期与推荐商品",
    "one customer's next order and offers": "某位客户的下次购买日期与推荐商品",
    "Held out: the last basket of 1 who bought on three days or more (products: {size:.0f}).": (
        "留出 1 名购买过三天及以上的客户的最后一次购买（{size:.0f} 种商品）。"
    ),
    "Held out: the last basket of {count:,} who bought on three days or more ({size:.1f} products each).": (
        "留出 {count:,} 名购买过三天及以上的客户的最后一次购买（平均 {size:.1f} 种商品）。"
    ),
    "Offered": "推荐方式",
    "Found of the basket, of ten offered": "推荐十种，命中最后一次购买的比例",
    "One or more right": "至少命中一种",
    "most bought by all": "全店最畅销",
    "most bought by oneself": "本人最常买",
    "bought lately by oneself": "本人近期所买",
    "used": "采用的方法",
    "Next order expected by": "下次购买日期的依据",
    "Mean error, days": "平均误差（天）",
    "the shop's middle gap": "全店间隔中位数",
    "one's own": "本人的间隔",
    "Needs": "客户需求",
    "Customers: {n:,}; offers: {offers:,}; days between orders: {gap:.0f}. Worked out in {seconds:.1f} s.": (
        "{n:,} 名客户、{offers:,} 条推荐；全店间隔中位数为 {gap:.0f} 天。用时 {seconds:.1f} 秒。"
    ),
    "Nothing is known yet: tenure needs score": "尚未计算：请运行 tenure needs score",
    "Next order expected on {day} (every day).": "预计 {day} 再次购买（约每天一次）。",
    "Next order expected on {day} (every {count} days).": "预计 {day} 再次购买（约每 {count} 天一次）。",
    "who needs which product again, and when": "哪些客户该补货、补什么、何时",
    "due within so many days from today, or overdue (default 14)": (
        "今天起多少天内到期，或 overdue 表示已过期（默认 14）"
    ),
    "best and slow sellers, and bundles": "畅销、滞销商品与组合",
    '--within takes a number of days or "overdue", not "{word}".': ("--within 应为天数或 overdue，而不是“{word}”。"),
    "Nothing is due then.": "这段时间内没有到期的补货。",
    "Offers made {days} days ago to those who bought since, against as many of what sells most:": (
        "按 {days} 天前的数据为此后下单的客户做推荐，与同等数量的畅销商品相比："
    ),
    "Offers": "推荐数",
    "Bought": "其中买了",
    "Baseline": "基线",
    "Customers who bought one": "至少买一种的客户",
    "A product is needed again by": "补货间隔的依据",
    "the product's": "商品的间隔",
    "Customer": "客户",
    "Revenue": "收入",
    "Times bought": "购买次数",
    "Last bought": "上次购买",
    "Usually after": "通常间隔（天）",
    "Due": "预计补货日",
    "Product": "商品",
    "Best sellers": "畅销商品",
    "Slow sellers": "滞销商品",
    "{name}, last {days} days": "{name}（近 {days} 天）",
    "Pieces": "件数",
    "Before": "此前",
    "Days since the last sale": "距上次售出（天）",
    "Bundle": "组合",
    "Baskets": "订单数",
    "Times as often as by chance": "随机情况的倍数",
    # risk
    "who may stop buying, how likely, and why": "哪些客户可能不再购买、可能性多大、为什么",
    "how well loss would have been forecast on a time held out": "用留出的一段时间检验流失预测",
    "within how many days a purchase is awaited (default: the shop's own gaps decide)": (
        "多少天内没有购买算流失（默认由本店的购买间隔决定）"
    ),
    "learn anew and score everybody": "重新学习，并为所有客户打分",
    "score everybody; learn anew only when due": "为所有客户打分；仅在到期时重新学习",
    "why one customer may be lost": "某位客户为什么可能流失",
    "how many customers are well, and how each health band then fared": "健康分分布，以及各档客户后来的去留",
    "Health": "健康度",
    "good": "良好",
    "fair": "一般",
    "poor": "较差",
    "Scored as of {cut}, and what happened in the {days} days after:": "截至 {cut} 的评分，以及此后 {days} 天的结果：",
    "Lost": "流失数",
    "Share lost": "流失占比",
    "Of all lost": "占全部流失",
    "AUC {auc}: how often a customer who was lost had the lower score.": "AUC {auc}：流失客户得分更低的概率。",
    "what told the lost from the kept, and the shrinking from the steady": "流失与留存、衰退与平稳的客户差在哪里",
    "Lost means: no purchase within {days} days.": "流失指 {days} 天内没有购买。",
    "Lost means: the contract is not renewed within {days} days.": "流失指合同在 {days} 天内没有续约。",
    "Four of five gaps between orders are at most {typical} days.": "五分之四的购买间隔不超过 {typical} 天。",
    "Held out: {days} days from {cut} on; {lost:,} of {customers:,} customers were lost in them.": (
        "留出 {cut} 起的 {days} 天；{customers:,} 名客户中有 {lost:,} 名在此期间流失。"
    ),
    "What was held out is too little to choose by: the model that is used may be no better than the last line.": (
        "留出的数据太少，不足以判断：采用的模型未必比最后一行更准。"
    ),
    "The last line was nearer to the truth than the model that is used, by more than chance would bring.": (
        "最后一行明显比采用的模型更接近实际，差距不是偶然。"
    ),
    "AUC": "AUC",
    "Lift of the top tenth": "最高十分之一的提升倍数",
    "boosting": "梯度提升",
    "logistic": "逻辑回归",
    "Risk": "流失风险",
    "{count:,} customers scored as of {day}: no purchase within {days} days ({model}).": (
        "已为 {count:,} 名客户打分，截至 {day}：{days} 天内没有购买的可能性（{model}）。"
    ),
    "Learned anew in {seconds:.1f} s ({why}).": "重新学习用时 {seconds:.1f} 秒（{why}）。",
    "{count:,} contracts scored as of {day}: not renewed within {days} days ({model}).": (
        "已为 {count:,} 份合同打分，截至 {day}：{days} 天内不续约的可能性（{model}）。"
    ),
    "{share:.0%} likely not to renew within {days} days.": "{days} 天内不续约的可能性为 {share:.0%}。",
    "contracts": "合同模式变化",
    "how long customers last, by stage, channel or cohort": "按阶段、渠道或同期群看客户能留多久",
    "what makes a group (default: all)": "按什么分组（默认：全部）",
    "whose stages (default: the workspace's lifecycle)": "用哪个生命周期的阶段（默认取工作区的）",
    "Lost means: the contract has ended.": "流失指合同已结束。",
    "Lost means: no purchase for {days} days.": "流失指连续 {days} 天没有购买。",
    "Group": "分组",
    "all": "全部",
    "{count:,} customers are in groups too small for a curve.": "另有 {count:,} 名客户所在分组人数太少，不单独画曲线。",
    "sBG": "朴素基线：仅看合同时长（sBG）",
    "{share:.0%} likely not to buy within {days} days.": "{days} 天内不购买的可能性为 {share:.0%}。",
    "What to do: {hint}": "建议：{hint}",
    "Lost against kept ({gone:,} and {kept:,}), {days} days from {cut} on": (
        "流失与留存（{gone:,} 与 {kept:,}），{cut} 起的 {days} 天"
    ),
    "Shrinking against steady ({gone:,} and {kept:,})": "衰退与平稳（{gone:,} 与 {kept:,}）",
    "Nothing separates them beyond chance.": "没有超出偶然的差别。",
    "Why not {stage} yet:": "为什么还不是「{stage}」：",
    "Its rule holds, but that of {stage} is tried first.": "条件已满足，但「{stage}」的规则优先。",
    "{deed} → {stage}": "{deed} → {stage}",
    "{deed} today → {stage}": "今天{deed} → {stage}",
    "{deed} within {days} days → {stage}": "{days} 天内{deed} → {stage}",
    "If nothing happens: {stage} on {day}, in {days} days": "如果什么都不发生：{day}（{days} 天后）进入「{stage}」",
    "Time alone will not move this customer within {days} days.": "单凭时间推移，{days} 天内不会变动。",
    "use only what had been received before this instant, so that late events are left out": (
        "只用这一时刻之前已收到的数据，之后才补到的事件不计"
    ),
    "! {event} of {day} arrived {days} days later": "! {day} 的 {event} 晚到了 {days} 天",
    "new": "新",
    "by time alone": "仅因时间推移",
    "Days in all: {stages}": "累计天数：{stages}",
    "{stage} {days} ({stays} stays, the latest {latest})": "{stage} {days}（共 {stays} 次，最近一次 {latest}）",
    "{stage} {days}": "{stage} {days}",
    "passed through {stages}": "途经「{stages}」",
    "… and {n} moves before (--json lists them)": "……更早还有 {n} 次转移（--json 可列出全部）",
    # check
    "check the definitions; every problem is told at once": "检查定义，一次列出全部问题",
    "a folder of definitions (default: the workspace's)": "定义文件夹（默认取工作区的）",
    "Sound: {features} features, {lifecycles} lifecycles, {segments} own segments.": (
        "定义无误：{features} 个特征、{lifecycles} 个生命周期、{segments} 个自定义分群。"
    ),
    "There is no folder {folder}.": "文件夹 {folder} 不存在。",
    # plan, apply, versions, backtest
    "what a draft of definitions would do: nothing is changed": "预览一份定义草稿的影响，不作任何改动",
    "a folder or a file with the draft": "草稿所在的文件夹或文件",
    "put a draft of definitions to work, as a version": "启用一份定义草稿，并存为一个版本",
    "go back to this version instead": "改为回到这个版本",
    "why, for those who read the versions": "改动原因，记入版本",
    "who (default: the user of this machine)": "改动人（默认为本机用户）",
    "do not ask": "不再询问",
    "the versions of the definitions, newest first": "定义的各个版本，最新的在前",
    "Name a draft, or a version to go back to: one of the two.": "请指定一份草稿，或要回到的版本，二者选一。",
    "Back to version {number}": "回到版本 {number}",
    "Nothing was changed.": "没有作任何改动。",
    "Version {number} is at work. The next run, or the running server, places everybody.": (
        "版本 {number} 已启用。下次运行（或正在运行的服务）会重新划分所有客户。"
    ),
    "Version": "版本",
    "When": "时间",
    "Author": "改动人",
    "Reason": "原因",
    "Definitions": "定义",
    "{sort}/{key}: new": "{sort}/{key}：新增",
    "Segment {segment}: {before} → {after} customers, {entering} enter, {leaving} leave": (
        "分群 {segment}：{before} → {after} 位客户，新进入 {entering} 位，离开 {leaving} 位"
    ),
    "Nobody would be anywhere else.": "没有客户会换位置。",
    "Journey {journey} ({state}) follows {follows}: {customers:,} customers would come into it.": (
        "旅程 {journey}（{state}）跟随 {follows}：将有 {customers:,} 位客户进入。"
    ),
    "A change of definitions lets nobody into a journey; its page can take in those who are there.": (
        "改动定义本身不会让任何人进入旅程；可在旅程页面把已在其中的客户纳入。"
    ),
    "{lifecycle}: {relocated:,} of {customers:,} customers ({share}) would be in another stage": (
        "{lifecycle}：{customers:,} 位客户中有 {relocated:,} 位（{share}）会换到另一个阶段"
    ),
    "{relocated:,} of {customers:,} customers ({share}) would be in another value segment": (
        "{customers:,} 位客户中有 {relocated:,} 位（{share}）会换到另一个价值分群"
    ),
    "Now": "现在",
    "Draft": "草稿",
    "Such as": "例如",
    "Lists of customers put in place: {names}": "已放入的客户名单：{names}",
    "Nobody is there to ask: add --yes.": "没有人可以询问：请加上 --yes。",
    "Put this to work? [y/N] ": "确定启用？[y/N] ",
    "history restated under a draft, and how well its stages told the next 90 days": (
        "按草稿重算历史，检验各阶段对之后 90 天的区分能力"
    ),
    "a folder or a file with the draft (default: the present definitions alone)": (
        "草稿所在的文件夹或文件（默认只检验现有定义）"
    ),
    "the lifecycle (default: those the draft defines)": "生命周期（默认为草稿所定义的）",
    "how many months back (default: 24)": "回看多少个月（默认 24）",
    "Backtest": "回测",
    'There is no lifecycle "{key}" in the draft.': "草稿中没有生命周期「{key}」。",
    "No month is over whose 90 days are complete.": "还没有一个月之后的 90 天是完整的。",
    "{count} month starts from {first} to {last}; the next 90 days of each are the outcome.": (
        "从 {first} 到 {last} 共 {count} 个月初，各以之后的 90 天为结果。"
    ),
    "Left out, their 90 days are not over: {days}.": "未计入（90 天尚未结束）：{days}。",
    "Customer months": "客户·月",
    "Revenue each": "人均收入",
    "Lift": "倍数",
    "No order": "未下单",
    "AUC of loss, by the order of the stages": "流失 AUC（按阶段先后）",
    "AUC of loss, by the stages' earlier rates": "流失 AUC（按各阶段此前的比率）",
    "Concordance with revenue, by the order of the stages": "与收入的一致性（按阶段先后）",
    "Concordance with revenue, by the stages' earlier rates": "与收入的一致性（按各阶段此前的人均收入）",
    "Shift of the shares from month to month (PSI), mean": "阶段占比逐月偏移（PSI）均值",
    "The same, the largest": "同上，最大值",
    "Moves of these months": "期间的阶段转移",
    "Moves taken back within 30 days": "30 天内又退回的转移",
    "of so many moves": "转移总数",
    "Figure": "指标",
    # backup, restore, verify
    "write everything into one file": "把全部内容备份到一个文件",
    "the new file (default: named by the time)": "新文件（默认以时间命名）",
    "put the workspace's secret in, unlocked": "一并放入工作区密钥，不加锁",
    "put the secret in, locked (the passphrase is asked for, or PASSPHRASE)": (
        "一并放入密钥并以口令加锁（口令会询问，或取自 PASSPHRASE）"
    ),
    "make a workspace from a backup": "从备份恢复出工作区",
    "the backup": "备份文件",
    "a new folder": "新文件夹",
    "the file named secret of the former workspace": "原工作区中名为 secret 的文件",
    "the secret is locked (asked for, or PASSPHRASE)": "密钥已加锁（口令会询问，或取自 PASSPHRASE）",
    "an empty PostgreSQL database": "一个空的 PostgreSQL 数据库",
    "check every file of the workspace, or a backup": "检查工作区或备份的每个文件",
    "a backup to check instead of the workspace": "改为检查此备份",
    "Passphrase: ": "口令：",
    "Backup": "备份",
    "Restore": "恢复",
    "Verify": "检查",
    "Wrote {file} ({size:.1f} MB).": "已写入 {file}（{size:.1f} MB）。",
    "Keep {file} elsewhere too: the backup cannot be used without it.": "请另行保管 {file}：没有它，备份无法使用。",
    "{folder} is as it was on {at}. Start it with: tenure up --workspace {folder}": (
        "{folder} 已恢复到 {at} 的状态。启动：tenure up --workspace {folder}"
    ),
    "Sending is stopped: what went out after the backup would go out again. Allow it under Messages.": (
        "发送已停止：否则备份之后发过的消息会再发一遍。请在“消息”页重新允许发送。"
    ),
    "Everything is sound.": "一切完好。",
    "Faults found: {count}.": "发现 {count} 处问题。",
    # report
    "figures about all customers": "面向全体客户的报表",
    "the map of moves: counts, rates, speed": "转移图：次数、比率、速度",
    "how long stays in each stage last": "各阶段的停留时长",
    "customers by first touch or first order, and what became of them": "按首次接触或首单分批的客户及其后续表现",
    "new, returning, resurrected and dormant customers": "新客、持续购买、重新激活与沉睡客户",
    "how far customers come, over stages or over events": "漏斗：客户走到哪一步（按阶段或按事件）",
    "a funnel over these events in this order, such as {names}": "按这些事件的先后顺序做漏斗，如 {names}",
    "days from the first step (stages: no limit, events: 30)": "从第一步算起的天数（按阶段不限，按事件默认 30 天）",
    "first day of the period (default: a year before its end)": "期间的第一天（默认为结束前一年）",
    "the day after the period (default: now)": "期间结束后的次日（默认为现在）",
    "length of a period": "每一期的长度",
    "what makes a cohort": "按什么分批",
    "list the customers behind one number instead, such as {example}": "改为列出某个数字背后的客户，如 {example}",
    '--customers: "{part}" names no number here. Such as: {example}': "--customers：没有“{part}”。写法如 {example}",
    '--customers: "{value}" is none of: {listed}.': "--customers：“{value}”不在其中。可用：{listed}。",
    "The end of the period must come after its start.": "期间的结束必须晚于开始。",
    "{start} to {end}, as of {day}": "{start} 至 {end}，数据截至 {day}",
    "Rate": "比率",
    "n": "n",
    "Stays": "停留次数",
    "Still lasting": "仍在停留",
    "over {days} days": "超过 {days} 天",
    "Cohort": "批次",
    "Period": "期间",
    "New": "新客",
    "Returning": "持续购买",
    "Resurrected": "重新激活",
    "Dormant": "沉睡",
    "{count:,} customers began; the days of {open:,} of them are not over.": (
        "共 {count:,} 位客户进入，其中 {open:,} 位的观察期还没有结束。"
    ),
    "Passed through": "经过（跳过）",
    "Of all": "占全部",
    "Of the step before": "占上一步",
    "{feature} misses a value for {count:,} customers: {reason}.": "{feature} 缺少 {count:,} 位客户的数值：{reason}。",
    "The rule of {feature} cannot be answered for {count:,} customers: {reason}.": (
        "{feature} 的规则对 {count:,} 位客户无法判断：{reason}。"
    ),
    "division by zero": "除数为零",
    "too large": "数值过大",
    "not readable": "无法识别",
    "Scores of {source}: of {day}": "{source} 评分：{day} 的",
    "Scores of {source}: none then": "{source} 评分：当时还没有",
    "No {source} scores yet: no rule on them holds. Run: tenure {command} score": (
        "还没有 {source} 评分，相关规则都不成立。请运行：tenure {command} score"
    ),
}
