namespace AlignService.HuggingFace.Inspection;

/// <summary>A file of weights.</summary>
public sealed record WeightFile(string Name, long Bytes);
