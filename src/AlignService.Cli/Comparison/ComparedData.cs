namespace AlignService.Cli.Comparison;

/// <summary>Where a job's rows of data, of any kind, come from.</summary>
/// <param name="File">Empty where they are inline.</param>
/// <param name="Limit">Only this many of the first rows; 0 is all.</param>
/// <param name="InlineCount">Rows in the job.</param>
/// <param name="InlineSha256">Of these rows.</param>
internal sealed record ComparedData(string File, int Limit, int InlineCount, string InlineSha256);
