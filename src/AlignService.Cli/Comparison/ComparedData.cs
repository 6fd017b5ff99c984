using Google.Protobuf;

namespace AlignService.Cli.Comparison;

/// <summary>Where a job's rows of data, of any kind, come from.</summary>
/// <param name="File">Empty where they are inline.</param>
/// <param name="Limit">Only this many of the first rows; 0 is all.</param>
/// <param name="Inline">Rows in the job.</param>
/// <param name="Whole">The message.</param>
internal sealed record ComparedData(string File, int Limit, IReadOnlyList<IMessage> Inline, IMessage Whole);
