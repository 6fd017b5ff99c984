namespace AlignService.HuggingFace.Architecture;

/// <summary>What a parameter does, which decides how it is initialised.</summary>
internal enum ParameterKind
{
    Embedding,
    Projection,

    /// <summary>A projection whose result is added to the residual stream.</summary>
    ResidualProjection,
    Bias,
    NormWeight,
}
