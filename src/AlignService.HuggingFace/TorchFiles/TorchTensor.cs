using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.TorchFiles;

/// <summary>A tensor in a file of torch.save: contiguous, from the beginning of its storage.</summary>
/// <param name="Storage">Name of the block of numbers; tensors of one storage are the same numbers.</param>
/// <param name="Dtype">Number format.</param>
/// <param name="Shape">Sizes.</param>
public sealed record TorchTensor(string Storage, StoredDtype Dtype, IReadOnlyList<long> Shape);
