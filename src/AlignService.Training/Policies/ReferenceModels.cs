using AlignService.Model.Architecture;
using static TorchSharp.torch;

namespace AlignService.Training.Policies;

/// <summary>The frozen model of the KL term.</summary>
public interface IReferenceModel : IDisposable
{
    /// <summary>Tensors of a refreshed reference that checkpoints keep, by name. Borrowed.</summary>
    IEnumerable<KeyValuePair<string, Tensor>> State { get; }

    /// <summary>Reads something from the model, which is the reference only until this returns.</summary>
    TResult Read<TResult>(Func<Transformer, TResult> read);

    /// <summary>reference = alpha * policy + (1 - alpha) * reference.</summary>
    /// <param name="policy">A model of the same architecture.</param>
    /// <param name="alpha">In (0, 1]; 1 is iterative GRPO.</param>
    void Refresh(Transformer policy, double alpha);
}

/// <summary>A reference with its own weights: loaded once, changed only by <see cref="Refresh"/>. Owns the model.</summary>
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

/// <summary>A reference that uses the policy's weights, without the adapter in training or with a frozen copy of an earlier one: no second model in memory.</summary>
/// <param name="policy">Borrowed.</param>
/// <param name="frozen">The reference's adapter, owned; null: none, the base itself.</param>
public sealed class AdapterReference(Transformer policy, LowRankAdapter? frozen) : IReferenceModel
{
    public IEnumerable<KeyValuePair<string, Tensor>> State => frozen?.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)) ?? [];

    /// <summary>The base, for a run whose adapter changes nothing at its start and whose reference is never refreshed; otherwise a copy of the current adapter.</summary>
    public static AdapterReference Of(Transformer policy, bool startsFromBase, bool isRefreshed) =>
        new(policy, startsFromBase && !isRefreshed ? null : policy.Adapter!.Freeze(policy)); // the reference of an adapter

    public TResult Read<TResult>(Func<Transformer, TResult> read)
    {
        LowRankAdapter? trained = policy.Adapter;
        policy.Adapter = frozen;
        try
        {
            return read(policy);
        }
        finally
        {
            policy.Adapter = trained;
        }
    }

    /// <summary>Only with alpha 1: a mean of two products B A is not a product of means.</summary>
    public void Refresh(Transformer policy, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(alpha, 1);
        (frozen ?? throw new InvalidOperationException("A reference that is refreshed needs its own adapter.")).CopyFrom(policy.Adapter!); // the reference of an adapter
    }

    public void Dispose() => frozen?.Dispose();
}
