using AlignService.Model.Architecture;
using static TorchSharp.torch;

namespace AlignService.Training.Policies;

/// <summary>A reference with weights of its own: loaded once, changed only by <see cref="Refresh"/>. Owns the model.</summary>
public sealed class ReferenceModel(Transformer model) : IReferenceModel
{
    public IEnumerable<KeyValuePair<string, Tensor>> State => model.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter));

    public TResult Read<TResult>(Func<Transformer, TResult> read) => read(model);

    public void Refresh(Transformer policy, double alpha)
    {
        using var noGrad = no_grad();
        Dictionary<string, Tensor> source = policy.ExactParameters().ToDictionary(entry => entry.Name, entry => entry.Value);
        foreach ((string name, Tensor parameter) in model.NamedParameters())
        {
            using Tensor difference = source[name] - parameter;
            parameter.add_(difference, alpha);
        }
    }

    public void Dispose() => model.Dispose();
}
