using AlignService.Model.Architecture;

namespace AlignService.Training.Policies;

/// <summary>Numbers the training passes of a run, so each has its own dropout masks, and a resumed run has the same ones.</summary>
/// <param name="model">The model whose adapter may use dropout. Borrowed.</param>
/// <param name="seed">Of the run.</param>
internal sealed class DropoutPasses(Transformer model, ulong seed)
{
    private readonly ulong _seed = RandomSeeds.For(seed, RandomPurpose.AdapterDropout);

    /// <summary>Passes started so far; kept in checkpoints.</summary>
    public long Count { get; internal set; }

    /// <summary>Turns dropout on, with the masks of the next pass, until the result is disposed after forward and backward pass.</summary>
    public IDisposable Begin()
    {
        if (model.Adapter is { } adapter)
        {
            adapter.PassKey = unchecked(_seed + (ulong)Count++);
        }

        return new Pass(model);
    }

    private sealed class Pass(Transformer model) : IDisposable
    {
        public void Dispose()
        {
            if (model.Adapter is { } adapter)
            {
                adapter.PassKey = null;
            }
        }
    }
}
