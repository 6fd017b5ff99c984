using System.Globalization;
using AlignService.Specs.Guardian;

namespace AlignService.Training.Guardian;

/// <summary>One thing that can go wrong, how it shows in a step's metrics, and what to tell the user about it.</summary>
internal abstract class GuardianRule(string name, GuardianRuleConfig config)
{
    public string Name => name;

    public GuardianRuleConfig Config => config;

    /// <summary>Whether the rule is on.</summary>
    public virtual bool IsActive => config.Action != GuardianAction.Off;

    /// <summary>Whether it checks a step before the update, which it may then skip.</summary>
    public virtual bool LooksBeforeUpdate => config.Action == GuardianAction.SkipStep;

    /// <summary>Readings in a row beyond the bound before the rule triggers.</summary>
    public virtual int Patience => config.Patience;

    /// <summary>What it usually means.</summary>
    protected abstract string Meaning { get; }

    /// <summary>What to try.</summary>
    protected abstract string Remedy { get; }

    protected double Threshold => config.Threshold ?? throw new InvalidOperationException($"The rule {name} needs a threshold.");

    /// <summary>The values to check, by subject; none where the step does not have them.</summary>
    public abstract IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step);

    /// <param name="first">The first value that was measured.</param>
    public virtual double BoundFor(double first) => Threshold;

    public abstract bool IsBeyond(double value, double bound);

    public GuardianFinding Describe(string subject, double value, double bound, StepObservation step) => new()
    {
        Rule = name,
        Subject = subject,
        Value = value,
        Bound = bound,
        Action = config.Action,
        Seen = Sentence(subject, value, bound, step),
        Meaning = Meaning,
        Remedy = Remedy,
    };

    /// <summary>What was seen, with the value and the bound.</summary>
    protected abstract string Sentence(string subject, double value, double bound, StepObservation step);

    /// <summary>The single value of a metric, if the step has it.</summary>
    protected static IEnumerable<KeyValuePair<string, double>> Only(StepObservation step, string metric) =>
        step.Metrics.TryGetValue(metric, out double value) ? [KeyValuePair.Create("", value)] : [];

    protected static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>"in this step", or "3 steps in a row".</summary>
    protected string Lasting => Patience == 1 ? "in this step" : $"{Patience} steps in a row";
}

/// <summary>What the guardian reads of a step.</summary>
/// <param name="Metrics">Those known so far, by the names of algorithms.md.</param>
/// <param name="SkippedUpdates">Number of last updates in a row that were skipped because their gradient was not finite.</param>
internal sealed record StepObservation(IReadOnlyDictionary<string, double> Metrics, int SkippedUpdates)
{
    /// <summary>Whether any completion that was sampled has a reward, those of dropped groups included.</summary>
    public bool HasRewards { get; init; } = true;
}

/// <summary>What a rule remembers from step to step; kept with the trainer's state.</summary>
/// <param name="First">The first value that it read, if later ones are compared with it.</param>
/// <param name="Streak">Number of last steps in a row beyond the bound.</param>
internal sealed record RuleState(double First, int Streak);
