//! One suite for both databases: every case below runs on a SQLite file and on a real PostgreSQL server, which the
//! tests start themselves. What only one of them can do stands in `sqlite_only` and `postgres_only`.

#[cfg(test)]
mod commits;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod postgres_only;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod sqlite_only;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tables;

#[cfg(test)]
use tables::{blobs, events, journal, runs, settings, workflows};

/// Each case is a function that is handed an empty, opened database.
#[cfg(test)]
macro_rules! on_both {
    ($($module:ident { $($case:ident),+ $(,)? })+) => {
        mod sqlite {
            $($(#[test]
            fn $case() {
                crate::$module::$case(crate::stage::Stage::sqlite());
            })+)+
        }

        mod postgres {
            $($(#[test]
            fn $case() {
                crate::stage::Stage::postgres().map_or_else(crate::stage::say_left_out, crate::$module::$case);
            })+)+
        }
    };
}

#[cfg(test)]
on_both! {
    sql {
        placeholders_are_bound_by_their_number,
        every_kind_of_cell_comes_back,
        a_dollar_in_quotes_is_only_text,
        a_wrong_statement_is_a_defect_and_a_wrong_value_is_not,
        reading_cannot_write,
        one_read_sees_one_state,
    }
    workflows {
        a_workflow_comes_back_as_it_was_stored,
        an_update_needs_the_current_revision,
        the_list_shows_the_newest_change_first,
        a_kept_version_never_changes,
        removing_keeps_the_versions_that_runs_need,
        a_deleted_workflow_is_seen_from_its_runs_only,
    }
    runs {
        a_run_comes_back_as_it_was_stored,
        a_final_status_never_changes,
        a_status_moves_until_the_end,
        paging_visits_every_run_once,
        filters_combine,
        unfinished_runs_are_found,
        old_runs_are_those_that_ended_long_ago,
        removing_takes_everything_of_the_run,
    }
    journal {
        entries_come_back_in_order,
        a_second_writer_is_fenced,
    }
    blobs {
        content_is_stored_once_and_goes_with_its_last_reference,
    }
    events {
        events_are_replayed_in_order_and_by_filter,
        pages_may_end_anywhere,
        a_taken_seq_is_refused,
    }
    settings {
        settings_are_replaced,
    }
    commits {
        many_writers_and_all_is_there_after_reopening,
        queued_jobs_share_one_commit,
        a_failing_and_a_panicking_job_are_undone_alone,
        repeatable_jobs_run_again_only_when_one_has_to_be_undone,
        completions_come_in_the_order_of_submitting,
        a_panicking_completion_harms_nobody,
        without_permits_writers_wait,
        a_large_job_takes_more_permits,
        closing_finishes_what_is_queued_and_refuses_the_rest,
    }
    crash {
        what_was_acknowledged_survives_a_killed_process,
    }
}
