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
