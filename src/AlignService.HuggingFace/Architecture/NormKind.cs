namespace AlignService.HuggingFace.Architecture;

public enum NormKind
{
    /// <summary>x / rms(x) * weight (arXiv:1910.07467).</summary>
    RootMeanSquare,

    /// <summary>x / rms(x) * (1 + weight).</summary>
    RootMeanSquarePlusOne,

    /// <summary>(x - mean) / std * weight + bias.</summary>
    Layer,
}
