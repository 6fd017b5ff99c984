using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using static TorchSharp.torch;

namespace AlignService.Training.Checkpoints;

/// <summary>What saved weights lost to their number format.</summary>
/// <param name="Rounded">Whether any saved number differs from the trained one.</param>
/// <param name="LostShare">Norm of the loss relative to the norm of the whole update since the start weights; 0 where nothing has changed yet.</param>
public sealed record RoundingReport(bool Rounded, double LostShare)
{
    /// <param name="policy">As trained.</param>
    /// <param name="startDirectory">The checkpoint that training began with.</param>
    /// <param name="savedDirectory">What was written.</param>
    public static RoundingReport Of(Transformer policy, string startDirectory, string savedDirectory)
    {
        using var noGrad = no_grad();
        using CheckpointWeights start = CheckpointWeights.Open(startDirectory), saved = CheckpointWeights.Open(savedDirectory);
        double lost = 0, moved = 0;
        foreach ((string name, Tensor parameter) in policy.ExactParameters())
        {
            using var scope = NewDisposeScope();
            lost += SquaredDistance(saved.ReadLike(name, parameter), parameter);
            moved += SquaredDistance(start.ReadLike(name, parameter), parameter);
        }

        return new(lost > 0, moved > 0 ? Math.Sqrt(lost / moved) : 0);
    }

    private static double SquaredDistance(Tensor? stored, Tensor parameter) => stored is null ? 0 : (stored - parameter).to(ScalarType.Float64).square().sum().item<double>();
}
