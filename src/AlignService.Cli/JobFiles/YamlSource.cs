using AlignService.Cli.Output;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AlignService.Cli.JobFiles;

/// <summary>
/// Reads YAML into <see cref="SourceNode"/>s, from the parser's events: a tree is bounded in depth while it is read, and what aliases repeat counts as often as it is
/// repeated (585 bytes of aliases to aliases can stand for more values than a machine can hold). Anchors and aliases work; tags are ignored.
/// </summary>
internal sealed class YamlSource
{
    private const int MaxDepth = 32;

    /// <summary>Values in a file, aliases written out.</summary>
    private const long MaxValues = 4_000_000;

    private static readonly string[] Nulls = ["", "~", "null", "Null", "NULL"];

    private readonly string _path;
    private readonly Parser _events;
    private readonly Dictionary<string, (SourceNode Node, long Values, int Depth)> _anchors = [];
    private readonly HashSet<string> _open = [];
    private long _values;

    private YamlSource(string text, string path)
    {
        _path = path;
        _events = new Parser(new StringReader(text));
    }

    public static SourceNode Read(string text, string path)
    {
        try
        {
            return new YamlSource(text, path).ReadDocument();
        }
        catch (YamlException exception)
        {
            throw Invalid(path, exception.InnerException?.Message ?? exception.Message, exception.Start.Line);
        }
    }

    private SourceNode ReadDocument()
    {
        _events.Consume<StreamStart>();
        if (_events.Accept<StreamEnd>(out _))
        {
            throw Invalid(_path, "The file is empty; a job file has one of the keys grpo, supervised, preference and reward_model.", 1);
        }

        _events.Consume<DocumentStart>();
        SourceNode root = ReadNode(0).Node;
        _events.Consume<DocumentEnd>();
        return _events.Accept<DocumentStart>(out _)
            ? throw Invalid(_path, "The file holds more than one document; it must hold one.", _events.Current!.End.Line)
            : root;
    }

    /// <returns>The node, and how many levels it has below it.</returns>
    private (SourceNode Node, int Depth) ReadNode(int depth)
    {
        long before = _values++;
        ParsingEvent start = _events.Current!;
        Check(depth, start);
        string anchor = start is NodeEvent { Anchor.IsEmpty: false } named ? named.Anchor.Value : "";
        _open.Add(anchor);
        (SourceNode node, int below) = start switch
        {
            AnchorAlias alias => Repeat(_events.Consume<AnchorAlias>(), depth, alias.Value.Value),
            Scalar => (ReadScalar(_events.Consume<Scalar>()), 0),
            SequenceStart => ReadList(_events.Consume<SequenceStart>(), depth),
            MappingStart => ReadMap(_events.Consume<MappingStart>(), depth),
            _ => throw Invalid(_path, $"A {start.GetType().Name} is not allowed here.", start.Start.Line),
        };
        _open.Remove(anchor);
        if (anchor.Length > 0)
        {
            _anchors[anchor] = (node, _values - before, below);
        }

        return (node, below);
    }

    private static SourceScalar ReadScalar(Scalar scalar) => new(scalar.Value, scalar.Style == ScalarStyle.Plain && Nulls.Contains(scalar.Value), (int)scalar.Start.Line);

    private (SourceNode Node, int Depth) ReadList(SequenceStart start, int depth)
    {
        List<SourceNode> items = [];
        int below = 0;
        while (!_events.TryConsume<SequenceEnd>(out _))
        {
            (SourceNode item, int deeper) = ReadNode(depth + 1);
            items.Add(item);
            below = Math.Max(below, deeper + 1);
        }

        return (new SourceList(items, (int)start.Start.Line), below);
    }

    private (SourceNode Node, int Depth) ReadMap(MappingStart start, int depth)
    {
        List<SourceEntry> entries = [];
        HashSet<string> keys = [];
        int below = 0;
        while (!_events.TryConsume<MappingEnd>(out _))
        {
            Scalar key = _events.Accept<Scalar>(out _) ? _events.Consume<Scalar>() : throw Invalid(_path, "A key must be a scalar.", _events.Current!.Start.Line);
            if (!keys.Add(key.Value))
            {
                throw Invalid(_path, $"The key \"{SourceNode.Shortened(key.Value)}\" is given twice.", key.Start.Line);
            }

            (SourceNode value, int deeper) = ReadNode(depth + 1);
            entries.Add(new SourceEntry(key.Value, value, (int)key.Start.Line));
            below = Math.Max(below, deeper + 1);
        }

        return (new SourceMap(entries, (int)start.Start.Line), below);
    }

    private (SourceNode Node, int Depth) Repeat(AnchorAlias alias, int depth, string name)
    {
        if (!_anchors.TryGetValue(name, out (SourceNode Node, long Values, int Depth) target))
        {
            throw Invalid(_path, _open.Contains(name) ? $"The alias *{name} stands inside the value that it repeats." : $"There is no anchor &{name} above the alias *{name}.", alias.Start.Line);
        }

        _values += target.Values;
        Check(depth + target.Depth, alias);
        return (target.Node, target.Depth);
    }

    private void Check(int depth, ParsingEvent at)
    {
        if (depth > MaxDepth)
        {
            throw Invalid(_path, $"The file is nested deeper than {MaxDepth} levels.", at.Start.Line);
        }

        if (_values > MaxValues)
        {
            throw Invalid(_path, $"The file holds more than {MaxValues} values, aliases written out; move prompts and examples to a JSONL file and name that.", at.Start.Line);
        }
    }

    private static CommandException Invalid(string path, string message, long line) =>
        new(ExitCode.BadInput, $"{path} is not a valid YAML job file.", [new Fault("", message, (int)line)], path);
}
