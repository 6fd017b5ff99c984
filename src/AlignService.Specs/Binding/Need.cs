namespace AlignService.Specs.Binding;

/// <summary>What there must be in a job for a setting to be read. Where it is not, a setting that was changed has no effect, which is worth a warning.</summary>
public enum Need
{
    /// <summary>It is always read.</summary>
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

    /// <summary>A correction for the sampler's own probabilities.</summary>
    SamplerCorrection,

    /// <summary>An optimiser; a natural-gradient step has none.</summary>
    Optimizer,

    /// <summary>A step that needs no second derivatives.</summary>
    FirstDerivatives,

    /// <summary>A critic that shares the policy's optimiser.</summary>
    SharedOptimizer,

    /// <summary>A frozen model beside the one in training.</summary>
    FrozenModel,

    /// <summary>policy/kl, or a rule that does not look at it.</summary>
    KlReported,

    /// <summary>Groups of two completions or more, or a rule that does not look at them.</summary>
    Groups,

    /// <summary>A rule with the action roll_back.</summary>
    Rollback,

    /// <summary>Evaluations that sample answers.</summary>
    Answers,

    /// <summary>Evaluations that tell right answers from wrong ones.</summary>
    Success,

    /// <summary>A patience after which the job ends.</summary>
    StopPatience,

    /// <summary>A number of epochs instead of one of steps.</summary>
    Epochs,
}
