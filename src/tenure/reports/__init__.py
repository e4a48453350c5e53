"""Reports: figures about all customers, each with one written definition."""

from tenure.reports.behind import Behind
from tenure.reports.board import (
    Activity,
    Flow,
    Mover,
    Point,
    Revenue,
    StageCount,
    activity,
    counts,
    event_names,
    movers,
    moves,
    revenue,
    timeline,
)
from tenure.reports.cohorts import Cohort, CohortCell, cohort_customers, cohorts, period_after, period_of
from tenure.reports.costs import ChannelCost, Spent, Won, cac, spent, won
from tenure.reports.flow import flow_customers
from tenure.reports.funnel import (
    EVER,
    Funnel,
    FunnelStep,
    event_funnel,
    event_funnel_customers,
    stage_funnel,
    stage_funnel_customers,
)
from tenure.reports.goals import GoalProgress, Reached, goals, measure, revenue_by_stage
from tenure.reports.ground import restate
from tenure.reports.meanings import MEANINGS
from tenure.reports.move_map import MapMove, move_customers, move_map, open_customers
from tenure.reports.segments import (
    MemberChanges,
    SegmentMove,
    SegmentSize,
    member_changes,
    member_sizes,
    segment_moves,
    segment_sizes,
)
from tenure.reports.stage_customers import goal_customers, segment_movers, stage_crossers, stage_members
from tenure.reports.survival import Survival, SurvivalPoint, kaplan_meier, stay_customers, survival

__all__ = [
    "EVER",
    "MEANINGS",
    "Activity",
    "Behind",
    "ChannelCost",
    "Cohort",
    "CohortCell",
    "Flow",
    "Funnel",
    "FunnelStep",
    "GoalProgress",
    "MapMove",
    "MemberChanges",
    "Mover",
    "Point",
    "Reached",
    "Revenue",
    "SegmentMove",
    "SegmentSize",
    "Spent",
    "StageCount",
    "Survival",
    "SurvivalPoint",
    "Won",
    "activity",
    "cac",
    "cohort_customers",
    "cohorts",
    "counts",
    "event_funnel",
    "event_funnel_customers",
    "event_names",
    "flow_customers",
    "goal_customers",
    "goals",
    "kaplan_meier",
    "measure",
    "member_changes",
    "member_sizes",
    "move_customers",
    "move_map",
    "movers",
    "moves",
    "open_customers",
    "period_after",
    "period_of",
    "restate",
    "revenue",
    "revenue_by_stage",
    "segment_movers",
    "segment_moves",
    "segment_sizes",
    "spent",
    "stage_crossers",
    "stage_funnel",
    "stage_funnel_customers",
    "stage_members",
    "stay_customers",
    "survival",
    "timeline",
    "won",
]
