using AlignService.Specs.Binding;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>How a reward outside the worker is asked, and what becomes of completions that it leaves unscored.</summary>
public sealed record CallConfig
{
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(1);

    /// <summary>Time for all completions of a step or an evaluation, every attempt included; at most a day.</summary>
    [Setting(Unit = "s")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time for one attempt at a call; at most <see cref="Deadline"/>.</summary>
    [Setting(Unit = "s", Aliases = "request_timeout timeout_seconds")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Calls at the same time.</summary>
    [Setting(Min = 1, Max = 1024, Unit = "{call}", Aliases = "max_concurrency max_concurrent_requests num_workers")]
    public int Concurrency { get; init; } = 8;

    /// <summary>Attempts at one call; 1 is no retry.</summary>
    [Setting(Min = 1, Max = 100, Unit = "{attempt}", Aliases = "max_retries retries max_attempts")]
    public int Attempts { get; init; } = 4;

    /// <summary>Attempts per minute; null is no limit.</summary>
    [Setting(Min = 1, Max = 1_000_000, ZeroIsOff = true, Unit = "{call}", Aliases = "rpm rate_limit max_rpm")]
    public int? RequestsPerMinute { get; init; }

    /// <summary>Attempts within 30 s from which on, if half of them failed, none is made for <see cref="BreakDuration"/>; null is off.</summary>
    [Setting(Min = 2, Max = 100_000, ZeroIsOff = true, Unit = "{attempt}")]
    public int? BreakAfter { get; init; } = 20;

    /// <summary>Time without attempts after too many failed ones; 0.5 s to a day.</summary>
    [Setting(Unit = "s")]
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Equal completions are asked for once in a job; otherwise once in a step.</summary>
    [Setting]
    public bool Cache { get; init; } = true;

    [Setting(Aliases = "on_timeout on_error")]
    public UnscoredPolicy WhenUnscored { get; init; } = UnscoredPolicy.LeaveOut;

    internal void Check(FieldViolations at)
    {
        if (Deadline > LongestDeadline)
        {
            at.Add("deadline", $"it is {Seconds(Deadline)}; it must be at most {Seconds(LongestDeadline)}, a day.", ViolationCode.OutOfRange);
        }

        if (Timeout > Deadline)
        {
            at.Add("timeout", $"it is {Seconds(Timeout)}, but deadline, the time for all calls of a step, is {Seconds(Deadline)}; it must be at most that.", ViolationCode.OutOfRange);
        }

        if (BreakDuration < TimeSpan.FromSeconds(0.5) || BreakDuration > LongestDeadline)
        {
            at.Add("break_duration", $"it is {Seconds(BreakDuration)}; it must be in [0.5 s, {Seconds(LongestDeadline)}]. To never stop, set break_after to 0.", ViolationCode.OutOfRange);
        }
        else if (BreakAfter is not null && BreakDuration >= Deadline)
        {
            at.Warn("break_duration", $"it is {Seconds(BreakDuration)}, and deadline is {Seconds(Deadline)}: after a break no completion of that step is scored.");
        }
    }

    internal static string Seconds(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}

/// <summary>What becomes of completions without an answer at the deadline, or with one that is not valid.</summary>
public enum UnscoredPolicy
{
    /// <summary>They have no score from this source.</summary>
    LeaveOut,

    /// <summary>The job fails.</summary>
    FailJob,

    /// <summary>The job is paused; resumed, it asks for what is missing.</summary>
    PauseJob,
}
