namespace AlignService.HuggingFace.Inspection;

/// <summary>Something unusual about a model's directory.</summary>
/// <param name="Code">A word for programs, such as <c>pad_is_end</c>.</param>
/// <param name="Message">What it is, and what follows from it.</param>
/// <param name="IsFault">The directory cannot be used as it is; otherwise it can, and this is worth knowing.</param>
public sealed record ModelFinding(string Code, string Message, bool IsFault);
