using AlignService.Specs.Guardian;
using AlignService.Specs.Rewards;

namespace AlignService.Training.Guardian;

/// <summary>
/// Checks every step of a run. Rules that may skip the update are checked before it, the others after it. A finding is made when a rule's bound was exceeded
/// patience steps in a row: a warning once per streak, a skip in every further step, the others again after the same number of steps.
/// </summary>
internal sealed class StepGuardian
{
    private readonly GuardianRule[] _rules;
    private readonly Dictionary<string, RuleState> _states = [];

    /// <param name="config">The rules.</param>
    /// <param name="sources">The run's reward sources.</param>
    /// <param name="groupSize">Completions per prompt.</param>
    /// <param name="stepCount">Steps of the run.</param>
    public StepGuardian(GuardianConfig config, IReadOnlyList<RewardSource> sources, int groupSize, int stepCount)
    {
        string[] weighted = [.. sources.Where(source => source.Weight != 0).Select(source => source.Name)];
        _rules = GuardianRules.Create(config, new(groupSize, weighted, stepCount));
    }

    /// <summary>What the rules remember; a checkpoint keeps it.</summary>
    public IReadOnlyDictionary<string, RuleState> State => _states;

    /// <summary>Whether a rule that would roll back is in a streak: the current weights may already be bad.</summary>
    public bool IsSuspicious => _rules
        .Where(rule => rule.Config.Action == GuardianAction.RollBack)
        .Any(rule => _states.Any(state => state.Value.Streak > 0 && (state.Key == rule.Name || state.Key.StartsWith($"{rule.Name}/", StringComparison.Ordinal))));

    public void Restore(IReadOnlyDictionary<string, RuleState> state)
    {
        _states.Clear();
        foreach ((string key, RuleState remembered) in state)
        {
            _states[key] = remembered;
        }
    }

    /// <summary>Findings for which the step's update must be skipped.</summary>
    public IReadOnlyList<GuardianFinding> BeforeUpdate(StepObservation step) => Judge(step, rule => rule.LooksBeforeUpdate);

    /// <summary>Findings of the whole step.</summary>
    public IReadOnlyList<GuardianFinding> AfterUpdate(StepObservation step) => Judge(step, rule => !rule.LooksBeforeUpdate);

    private List<GuardianFinding> Judge(StepObservation step, Func<GuardianRule, bool> looksNow)
    {
        List<GuardianFinding> findings = [];
        foreach (GuardianRule rule in _rules.Where(looksNow))
        {
            foreach ((string subject, double value) in rule.Measure(step))
            {
                string key = subject.Length == 0 ? rule.Name : $"{rule.Name}/{subject}";
                RuleState before = _states.GetValueOrDefault(key) ?? new(value, 0);
                double bound = rule.BoundFor(before.First);
                RuleState now = before with { Streak = rule.IsBeyond(value, bound) ? before.Streak + 1 : 0 };
                _states[key] = now;
                if (Speaks(rule, now.Streak))
                {
                    findings.Add(rule.Describe(subject, value, bound, step));
                }
            }
        }

        return findings;
    }

    private static bool Speaks(GuardianRule rule, int streak) => streak > 0 && rule.Config.Action switch
    {
        GuardianAction.Warn => streak == rule.Patience,
        GuardianAction.SkipStep => streak >= rule.Patience,
        _ => streak % rule.Patience == 0,
    };
}
