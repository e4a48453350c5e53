"""What the reference says in Chinese of each entry, and of functions and operators in both languages."""

from __future__ import annotations

from tenure.definitions.objects import Words

__all__ = ["ENTRIES", "FORMS", "FUNCTION_WORDS"]

#: Entries of definition files; the English text stands beside each reader.
ENTRIES: dict[str, dict[str, str]] = {
    "feature": {
        "title": "显示名称，中英文。",
        "meaning": "用文字说明这个数值的含义；缺少则不予接受。",
        "kind": "计算方式，见下表。",
        "events": "计入的事件名称，一个或多个；既不写名称也不写类型则计入全部事件。",
        "kinds": "计入的调用类型：track、page、screen、identify、group、alias。",
        "where": "只计入满足条件的事件：可写条件（金额、数量、日期与属性），也可写属性取值 {属性: [值, …]}。",
        "of": "取哪个值：amount、quantity、order_id、product、category、day、time 或 property:名称；"
        "企业可取 id、since、members 或 property:名称。",
        "within_days": "只计入近多少天的事件；对 trend 则是用来与之前同样天数相比的天数。",
        "period": "只计入某个日历周期的事件（按工作区时区）。",
        "since_first": "只计入自另一事件首次发生当天起的事件：写事件名，或写 events、kinds、where。",
        "since_last": "只计入自另一事件最近一次发生当天起的事件：写事件名，或写 events、kinds、where。",
        "every": "用于 streak：哪种周期不能中断。",
        "part": "用于 share：分子部分的事件要满足的条件，写法同 where。",
        "expression": "用于 derived：对其他特征的计算或条件。",
        "type": "当无法由计算方式推出时，值的类型。",
        "unit": "值的单位。",
        "counter": "数字后的量词，如「单」。",
        "phrase": "条件的说法，{value} 处放数量，如「近 30 天内下单 {value}」。",
        "some": "「有」的说法，如「下过单」。",
        "none": "「没有」的说法，如「从未下单」。",
    },
    "lifecycle": {
        "lifecycle": "生命周期的键：小写字母、数字、下划线。",
        "title": "显示名称，中英文。",
        "meaning": "用文字说明从什么角度看客户。",
        "stages": "从头到尾的各个阶段，以键为名。",
        "rule_order": "规则的尝试顺序；不写则按阶段顺序，没有规则的阶段排最后。",
        "forward_only": "为 true 时，客户不会退回到已达到的最远阶段之前；离开类阶段除外。",
    },
    "stage": {
        "title": "显示名称，中英文。",
        "meaning": "用文字说明哪些客户在此阶段；缺少则不予接受。",
        "needs": "此阶段的客户需要什么，文字列表。",
        "rule": "基于特征的条件；第一个成立的规则决定阶段。",
        "rule_words": "规则的文字说法，在自动生成的不够好时使用。",
        "minimum_stay": "进入后至少停留多少天。",
        "leave": "进入之后，直到此条件成立才会离开。",
        "owner": "负责团队。",
        "task_target": "任务指标：文字，以及可能的 metric、days、target。",
        "outcome_target": "结果指标：文字，以及可能的 metric、days、target。",
        "strategies": "针对这些客户的策略，可附活动的键。",
        "leaving": "已离开或正在离开的阶段写 true。",
    },
    "goal": {
        "en": "英文的目标。",
        "zh": "中文的目标。",
        "metric": "衡量什么。",
        "days": "衡量的天数。",
        "target": "要达到的数值；比率写小数，如 0.3。",
        "at_most": "数值须低于目标时写 true。",
    },
    "segment": {
        "title": "显示名称，中英文。",
        "meaning": "用文字说明包含哪些客户；缺少则不予接受。",
        "rule": "基于特征、阶段、价值分群、其他分群、百分位与同意状态的条件。",
        "exclude": "仍要排除的客户：写法同 rule 的条件。",
        "customers": "固定包含的客户编号列表。",
        "file": "定义文件旁的文本或 CSV 文件，第一列为客户编号。",
        "traits": "目标客户的特点：每个特点有名称、条件和权重，契合的客户属于此分群。",
        "fit": "带特点的分群，契合度（0 到 100）达到多少即属于它（默认 60）。",
        "features": "只有此分群需要的特征，如某时间窗内事件之和。",
    },
    "trait": {
        "title": "特点的名称，如「住在大城市」。",
        "rule": "哪些客户具备：基于特征的条件。",
        "weight": "与其他特点相比的权重，1 到 100（默认 1）。",
    },
    "metric": {
        "forward_rate": "规定天数内向前转移的客户比例。",
        "leaving_rate": "规定天数内转入离开类阶段的客户比例。",
        "stay_rate": "规定天数后仍在此阶段的客户比例。",
        "return_rate": "规定天数内再次下单的客户比例。",
        "contacted_rate": "规定天数内团队已联系的新进客户比例。",
        "revenue": "这些客户在规定天数内的收入，以货币整数单位计。",
        "average_order": "这些客户在规定天数内的平均客单价，以货币整数单位计。",
        "customers": "此阶段的客户数。",
    },
}
FUNCTION_WORDS = {
    "abs(x)": Words("the size of a number", "绝对值"),
    "coalesce(x, y, …)": Words("the first value that is known", "第一个已知的值"),
    "nullif(x, y)": Words("x, but unknown when it equals y", "x；与 y 相等时视为未知"),
    "least(x, y, …)": Words("the smallest known value", "已知值中最小的"),
    "greatest(x, y, …)": Words("the largest known value", "已知值中最大的"),
    "round(x), round(x, 2)": Words("rounded, halves away from zero", "四舍五入"),
    "lower(text)": Words("in small letters", "转为小写"),
    "length(text)": Words("how many characters", "字符数"),
    "today()": Words("the local day of the instant", "截至时刻所在的当地日期"),
    "year(day)": Words("the year of a day", "年份"),
    "quarter(day)": Words("the quarter, 1 to 4", "季度，1 至 4"),
    "month(day)": Words("the month, 1 to 12", "月份，1 至 12"),
    "day(day)": Words("the day of the month", "当月第几天"),
    "weekday(day)": Words("1 for Monday to 7 for Sunday", "星期几，1 为星期一，7 为星期日"),
}
FORMS = {
    "= <> < <= > >=": Words(
        "compare numbers and dates; texts only with = and <>", "比较数字与日期；文本只能用 = 和 <>"
    ),
    "BETWEEN a AND b": Words("from … to, both included", "介于两者之间，含两端"),
    "IN ('a', 'b'), NOT IN": Words("one of a list", "列表之一"),
    "LIKE '%a_', NOT LIKE": Words(
        "a pattern: % any run of characters, _ exactly one", "匹配：% 任意多个字符，_ 恰好一个"
    ),
    "IS NULL, IS NOT NULL": Words("nothing is known, something is known", "未知、已知"),
    "AND, OR, NOT, ( )": Words("joining; unknown is neither true nor false", "组合；未知既不是真也不是假"),
    "+ - * /": Words("calculating in fractions; division by zero is unknown", "计算；除以零为未知"),
    "day + 30, day - 7": Words("a day so many whole days later or earlier", "若干整天之后、之前的日期"),
    "day - day": Words("the days between two days", "两个日期之间的天数"),
    "CASE WHEN … THEN … ELSE … END": Words(
        "the value of the first condition that is true", "第一个成立的条件所对应的值"
    ),
    "'it''s', 12.5, DATE '2026-01-31', TRUE, FALSE": Words("what is written", "文本、数字、日期、是与否"),
}
