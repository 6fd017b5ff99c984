using AlignService.Model.Architecture;

namespace AlignService.Training.Policies;

/// <summary>Numbers the training passes of a run, so that each has masks of dropout of its own, and a resumed run the masks that it would have had.</summary>
/// <param name="model">Whose adapter may drop inputs. Borrowed.</param>
/// <param name="seed">Of the run.</param>
internal sealed class DropoutPasses(Transformer model, ulong seed)
{
    private readonly ulong _seed = RandomSeeds.For(seed, RandomPurpose.AdapterDropout);

    /// <summary>Passes begun so far; a checkpoint keeps it.</summary>
    public long Count { get; internal set; }

    /// <summary>Dropout is on, with masks of the next pass, until the result is disposed: forward and backward pass lie between.</summary>
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
