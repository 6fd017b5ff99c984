using AlignService.Model.Architecture;
using static TorchSharp.torch;

namespace AlignService.Training.Policies;

/// <summary>The frozen model of the KL term.</summary>
public interface IReferenceModel : IDisposable
{
    /// <summary>What a checkpoint keeps of a reference that has been refreshed, by name. Borrowed.</summary>
    IEnumerable<KeyValuePair<string, Tensor>> State { get; }

    /// <summary>Reads something off the model, which is the reference only until this returns.</summary>
    TResult Read<TResult>(Func<Transformer, TResult> read);

    /// <summary>reference = alpha * policy + (1 - alpha) * reference.</summary>
    /// <param name="policy">Of the same architecture.</param>
    /// <param name="alpha">In (0, 1]; 1 is iterative GRPO.</param>
    void Refresh(Transformer policy, double alpha);
}

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

/// <summary>A reference that is the policy's own weights, without the adapter in training or with a frozen copy of an earlier one: no second model in memory.</summary>
/// <param name="policy">Borrowed.</param>
/// <param name="frozen">The reference's adapter, owned; null: none, so the base itself.</param>
public sealed class AdapterReference(Transformer policy, LowRankAdapter? frozen) : IReferenceModel
{
    public IEnumerable<KeyValuePair<string, Tensor>> State => frozen?.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)) ?? [];

    /// <summary>For a run whose adapter changes nothing at its start, and whose reference stays, the base; otherwise a copy of the adapter as it now is.</summary>
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

    /// <summary>Only whole, alpha 1: a mean of two products B A is not a product of means.</summary>
    public void Refresh(Transformer policy, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(alpha, 1);
        (frozen ?? throw new InvalidOperationException("A reference that is refreshed has an adapter of its own.")).CopyFrom(policy.Adapter!); // the reference of an adapter
    }

    public void Dispose() => frozen?.Dispose();
}
