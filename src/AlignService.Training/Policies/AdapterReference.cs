using AlignService.Model.Architecture;
using static TorchSharp.torch;

namespace AlignService.Training.Policies;

/// <summary>A reference that is the policy's own weights, without the adapter in training or with a frozen copy of an earlier one: no second model in memory.</summary>
/// <param name="policy">Borrowed.</param>
/// <param name="frozen">The reference's adapter, owned; null: none, so the base itself.</param>
public sealed class AdapterReference(Transformer policy, LowRankAdapter? frozen) : IReferenceModel
{
    public IEnumerable<KeyValuePair<string, Tensor>> State => frozen?.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)) ?? [];

    /// <summary>For a run whose adapter changes nothing at its start, and whose reference stays, the base; otherwise a copy of the adapter as it now is.</summary>
    public static AdapterReference Of(Transformer policy, bool startsFromBase, bool isRefreshed) =>
        new(policy, startsFromBase && !isRefreshed ? null : policy.Adapter!.Freeze(policy));

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

    /// <summary>Only whole, alpha 1: a mean of two products B A is no product of means.</summary>
    public void Refresh(Transformer policy, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(alpha, 1);
        (frozen ?? throw new InvalidOperationException("A reference that is refreshed has an adapter of its own.")).CopyFrom(policy.Adapter!);
    }

    public void Dispose() => frozen?.Dispose();
}
