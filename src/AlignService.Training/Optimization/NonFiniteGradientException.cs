namespace AlignService.Training.Optimization;

/// <summary>A gradient had NaN or infinity, so the step was not taken.</summary>
public sealed class NonFiniteGradientException(string message) : AlignException(message)
{
    public override string Reason => "non_finite_gradient";
}
