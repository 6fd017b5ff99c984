namespace AlignService.HuggingFace.Architecture;

public enum ActivationKind
{
    Silu,

    /// <summary>x Phi(x), by the error function.</summary>
    Gelu,

    /// <summary>Its approximation by tanh.</summary>
    GeluTanh,
}
