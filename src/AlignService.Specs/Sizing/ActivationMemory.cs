using AlignService.HuggingFace.Architecture;

namespace AlignService.Specs.Sizing;

/// <summary>What autograd keeps of a forward pass, for planning micro-batches and for estimates.</summary>
public static class ActivationMemory
{
    /// <summary>Most bytes that the activations of one pass may take on any machine.</summary>
    public const long Largest = 4L << 30;

    /// <summary>
    /// What autograd keeps for one token: about ten tensors of the model's width and four of the feed-forward width per block, in float32. With checkpointing that is one block's
    /// share, plus every block's input and the gradients on its two sides.
    /// </summary>
    public static long BytesPerToken(TransformerConfig model, bool activationCheckpointing = false)
    {
        long block = 10L * model.HiddenSize + 4L * model.IntermediateSize + 2L * model.HeadCount * model.HeadDim;
        return sizeof(float) * (activationCheckpointing ? block + 3L * model.Layers.Count * model.HiddenSize : model.Layers.Count * block);
    }
}
