namespace AlignService.Specs.Settings;

/// <summary>The learning rate after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Constant.</summary>
    Constant,

    /// <summary>Falls linearly to 0.</summary>
    Linear,

    /// <summary>Falls to 0 along half a cosine.</summary>
    Cosine,
}
