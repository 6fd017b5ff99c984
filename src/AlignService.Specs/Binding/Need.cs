namespace AlignService.Specs.Binding;

/// <summary>What a job must have for a setting to be read. Without it, a setting that was changed has no effect, which is worth a warning.</summary>
public enum Need
{
    /// <summary>Always read.</summary>
    Nothing,

    /// <summary>A reference model.</summary>
    Reference,

    /// <summary>A KL term in the loss.</summary>
    KlInLoss,

    /// <summary>A reference that is refreshed.</summary>
    ReferenceSync,

    /// <summary>An advantage that divides by a deviation.</summary>
    Deviation,

    /// <summary>An objective with a ratio.</summary>
    Ratio,

    /// <summary>An objective that clips the ratio to the clip range.</summary>
    ClippedRatio,

    /// <summary>The objective clipped.</summary>
    ClippedObjective,

    /// <summary>The objective cispo.</summary>
    Cispo,

    /// <summary>Dynamic sampling.</summary>
    DynamicSampling,

    /// <summary>A correction for the sampler's probabilities.</summary>
    SamplerCorrection,

    /// <summary>An optimizer; a natural-gradient step has none.</summary>
    Optimizer,

    /// <summary>A step that needs no second derivatives.</summary>
    FirstDerivatives,

    /// <summary>A critic that shares the policy's optimizer.</summary>
    SharedOptimizer,

    /// <summary>A frozen model besides the one in training.</summary>
    FrozenModel,

    /// <summary>policy/kl, or a rule that is off.</summary>
    KlReported,

    /// <summary>Groups of two completions or more, or a rule that is off.</summary>
    Groups,

    /// <summary>A rule with the action roll_back.</summary>
    Rollback,

    /// <summary>Evaluations that sample answers.</summary>
    Answers,

    /// <summary>Evaluations that distinguish right answers from wrong ones.</summary>
    Success,

    /// <summary>Rewards that score answers.</summary>
    Scores,

    /// <summary>A patience after which the job ends.</summary>
    StopPatience,

    /// <summary>A number of epochs instead of one of steps.</summary>
    Epochs,
}
