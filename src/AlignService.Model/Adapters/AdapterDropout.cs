using AlignService.Model.Checkpoints.Initialization;
using static TorchSharp.torch;

namespace AlignService.Model.Adapters;

/// <summary>
/// Dropout of an adapter's inputs, in training passes only. A mask is a function of the pass's key and the layer's name, so that a pass can be computed again and a resumed run draws what it would have drawn.
/// It is drawn on the CPU whatever the device: the same mask everywhere, and TorchSharp makes generators for CPUs only.
/// </summary>
internal sealed class AdapterDropout(double probability)
{
    /// <summary>Key of the training pass under way; null: evaluation, nothing is dropped.</summary>
    internal ulong? PassKey { get; set; }

    /// <summary>Zeroes a share of the values and scales the others so that the mean stays.</summary>
    internal Tensor Apply(Tensor input, string layer)
    {
        if (probability == 0 || PassKey is not { } key)
        {
            return input;
        }

        using var generator = new Generator(new CounterBits(key, layer)[0], CPU);
        Tensor mask = empty_like(input, device: CPU, requires_grad: false).bernoulli_(1 - probability, generator).div_(1 - probability);
        return input * mask.to(input.device);
    }
}
