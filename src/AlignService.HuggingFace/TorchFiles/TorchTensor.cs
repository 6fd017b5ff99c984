using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.TorchFiles;

/// <summary>A tensor in a torch.save file: contiguous, from the start of its storage.</summary>
/// <param name="Storage">Name of the block of numbers; tensors with the same storage are identical.</param>
/// <param name="Dtype">Number format.</param>
/// <param name="Shape">Sizes.</param>
public sealed record TorchTensor(string Storage, StoredDtype Dtype, IReadOnlyList<long> Shape);
