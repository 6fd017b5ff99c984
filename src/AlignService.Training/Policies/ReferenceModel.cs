using AlignService.Model.Architecture;
using static TorchSharp.torch;

namespace AlignService.Training.Policies;

/// <summary>The frozen model of the KL term: loaded once, changed only by <see cref="Refresh"/>. Owns the model.</summary>
public sealed class ReferenceModel(Transformer model) : IDisposable
{
    /// <summary>Borrowed.</summary>
    public Transformer Model { get; } = model;

    /// <summary>reference = alpha * policy + (1 - alpha) * reference.</summary>
    /// <param name="policy">Of the same architecture.</param>
    /// <param name="alpha">In (0, 1]; 1 is iterative GRPO.</param>
    public void Refresh(Transformer policy, double alpha)
    {
        using var noGrad = no_grad();
        Dictionary<string, Tensor> source = policy.NamedParameters().ToDictionary(entry => entry.Name, entry => (Tensor)entry.Parameter);
        foreach ((string name, Tensor parameter) in Model.NamedParameters())
        {
            using Tensor difference = source[name] - parameter;
            parameter.add_(difference, alpha);
        }
    }

    public void Dispose() => Model.Dispose();
}
