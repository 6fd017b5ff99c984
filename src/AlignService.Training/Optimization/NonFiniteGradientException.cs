using System.Globalization;
using AlignService.Model;

namespace AlignService.Training.Optimization;

/// <summary>A gradient held NaN or infinity, so the step was not taken.</summary>
public sealed class NonFiniteGradientException(string message) : AlignException(message)
{
    public override string Reason => "non_finite_gradient";

    /// <param name="step">What the optimiser did.</param>
    /// <param name="number">The step's number, from 1.</param>
    internal static void ThrowIf(OptimizerStep step, int number)
    {
        if (step.Skipped)
        {
            string norm = step.GradientNorm.ToString(CultureInfo.InvariantCulture);
            throw new NonFiniteGradientException(
                $"The gradient's norm at optimiser step {number} is {norm}; it must be finite. The step was not taken. Lower the learning rate, or check the data and the start weights for broken values.");
        }
    }
}
