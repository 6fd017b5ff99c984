using Google.Protobuf;

namespace AlignService.Cli.Comparison;

/// <summary>Where rows of data of any kind came from.</summary>
/// <param name="File">Empty where they stood in the job.</param>
/// <param name="Limit">Only the first so many; 0 is all.</param>
/// <param name="Inline">Rows in the job.</param>
/// <param name="Whole">The message.</param>
internal sealed record ComparedData(string File, int Limit, IReadOnlyList<IMessage> Inline, IMessage Whole);
