using AlignService.Specs.Guardian;

namespace AlignService.Training.Guardian;

/// <summary>Gradients that are NaN or infinite. The update itself is always skipped; this says when that happens too often.</summary>
internal sealed class NonFiniteRule(GuardianRuleConfig config) : GuardianRule("non_finite", config)
{
    /// <summary>If too many end the run, they end it at once, inside the step.</summary>
    public override bool IsActive => base.IsActive && Config.Action != GuardianAction.Fail;

    /// <summary>Such an update is always skipped.</summary>
    public override bool LooksBeforeUpdate => false;

    /// <summary>The value already counts updates in a row.</summary>
    public override int Patience => 1;

    protected override string Meaning => "The learning rate is too high, a reward is extreme, or the weights are already invalid.";

    protected override string Remedy => "Lower learning_rate or max_grad_norm, or check the rewards of these steps.";

    public override IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step) => [KeyValuePair.Create("", (double)step.SkippedUpdates)];

    public override double BoundFor(double first) => Config.Patience;

    public override bool IsBeyond(double value, double bound) => value >= bound;

    protected override string Sentence(string subject, double value, double bound, StepObservation step) =>
        $"{value} updates in a row were skipped because their gradient was not finite; the bound is {bound}.";
}
