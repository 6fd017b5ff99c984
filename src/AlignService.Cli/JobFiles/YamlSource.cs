using AlignService.Cli.Output;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AlignService.Cli.JobFiles;

/// <summary>Reads YAML into <see cref="SourceNode"/>s. Anchors and aliases work; tags are ignored.</summary>
internal static class YamlSource
{
    private const int MaxDepth = 32;
    private static readonly string[] Nulls = ["", "~", "null", "Null", "NULL"];

    public static SourceNode Read(string text, string path)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException exception)
        {
            throw Invalid(path, exception.InnerException?.Message ?? exception.Message, (int)exception.Start.Line);
        }

        return stream.Documents.Count switch
        {
            0 => throw Invalid(path, "The file is empty; a job file has one of the keys grpo, supervised, preference and reward_model.", 1),
            1 => Convert(stream.Documents[0].RootNode, path, 0),
            _ => throw Invalid(path, $"The file holds {stream.Documents.Count} documents; it must hold one.", (int)stream.Documents[1].RootNode.Start.Line),
        };
    }

    private static SourceNode Convert(YamlNode node, string path, int depth)
    {
        int line = (int)node.Start.Line;
        if (depth > MaxDepth)
        {
            throw Invalid(path, $"The file is nested deeper than {MaxDepth} levels.", line);
        }

        return node switch
        {
            YamlScalarNode scalar => new SourceScalar(scalar.Value ?? "", scalar.Style == ScalarStyle.Plain && Nulls.Contains(scalar.Value ?? ""), line),
            YamlSequenceNode list => new SourceList([.. list.Children.Select(item => Convert(item, path, depth + 1))], line),
            YamlMappingNode map => new SourceMap([.. map.Children.Select(pair => Entry(pair.Key, pair.Value, path, depth + 1))], line),
            _ => throw Invalid(path, $"A {node.NodeType} is not allowed here.", line),
        };
    }

    private static SourceEntry Entry(YamlNode key, YamlNode value, string path, int depth) =>
        key is YamlScalarNode scalar
            ? new SourceEntry(scalar.Value ?? "", Convert(value, path, depth), (int)key.Start.Line)
            : throw Invalid(path, "A key must be a scalar.", (int)key.Start.Line);

    private static CommandException Invalid(string path, string message, int line) =>
        new(ExitCode.BadInput, $"{path} is not a valid YAML job file.", [new Fault("", message, line)], path);
}
