"""Teaching: rated pictures, practice and tests on them, and what learners reach."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "build": ["Source", "build_reference"],
        "consensus": ["ConsensusRule", "levels_of"],
        "reference": ["ReferenceSet", "open_reference"],
        "attempts": ["Attempt", "learner_folder", "list_attempts"],
        "pending": ["pending_test"],
        "pass_rule": [
            "PassRule",
            "experts_rule",
            "fixed_rule",
            "leave_one_out",
            "rule_of",
        ],
        "passing": ["Check", "Verdict", "cannot_be_judged", "judge"],
        "progress": ["confusion_table", "progress_table"],
        "report": ["write_report"],
        "report_figures": ["draw_confusion", "draw_progress"],
        "practice": ["Practice"],
        "feedback": ["Feedback", "UnitFeedback"],
        "curate": ["adjudicate", "mark_example"],
        "keep": ["keep_example"],
        "course": ["sample_course"],
    },
)
