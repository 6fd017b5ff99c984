using System.Globalization;
using AlignService.Cli.Output;

namespace AlignService.Cli.JobFiles;

/// <summary>Finds texts of a job file that are not valid: with half of a surrogate pair, which an escape such as \ud83d can write, and which the wire would replace.</summary>
internal static class SourceText
{
    private const string Fault = "has half of a surrogate pair (such as \\ud83d alone), which is not valid text; write the character itself, or both halves.";

    /// <summary>Every fault, with its field and line.</summary>
    public static IEnumerable<Fault> FindFaults(SourceNode node) => FindFaults(node, "");

    private static IEnumerable<Fault> FindFaults(SourceNode node, string path) => node switch
    {
        SourceScalar scalar => IsValid(scalar.Text) ? [] : [new Fault(path, $"The text {Fault}", scalar.Line)],
        SourceList list => list.Items.SelectMany((item, i) => FindFaults(item, $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]")),
        SourceMap map => map.Entries.SelectMany(entry => IsValid(entry.Key)
            ? FindFaults(entry.Value, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}")
            : [new Fault(path, $"A name in it {Fault}", entry.Line)]),
        _ => [],
    };

    private static bool IsValid(string text) => ExactText.FindFault(text) is null;
}
