using System.Globalization;
using System.Text.RegularExpressions;
using AlignService.Cli.Output;

namespace AlignService.Cli.JobFiles;

/// <summary>A field of a job file that the command line sets: grpo.rewards[0].weight=0.5.</summary>
internal sealed partial class SettingOverride
{
    /// <summary>Where what the command line sets stands: in no line of the file.</summary>
    public const int Line = 0;

    private readonly string _text;
    private readonly string[] _steps;
    private readonly SourceNode _value;

    private SettingOverride(string text, string[] steps, SourceNode value) => (_text, _steps, _value) = (text, steps, value);

    /// <summary>The field, as it was written.</summary>
    public string Field => string.Join('.', _steps);

    public SourceNode Value => _value;

    /// <exception cref="CommandException">It is not FIELD=VALUE, or the value is not YAML.</exception>
    public static SettingOverride Parse(string text)
    {
        Match match = Setting().Match(text);
        if (!match.Success)
        {
            throw new CommandException(ExitCode.BadInput, $"--set {SourceNode.Shortened(text)} is not FIELD=VALUE; write for example --set grpo.optimizer.learning_rate=1e-6 or --set grpo.rewards[0].weight=0.5.");
        }

        string value = match.Groups["value"].Value;
        SourceNode node = value.Trim().Length == 0 ? new SourceScalar("", IsNull: false, Line) : Unplaced(YamlSource.Read(value, $"--set {match.Groups["field"].Value}"));
        return new SettingOverride(text, match.Groups["field"].Value.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.'), node);
    }

    /// <summary>The same field with another value.</summary>
    public SettingOverride With(SourceNode value) => new(_text, _steps, value);

    /// <exception cref="CommandException">The file has something else where the field would be.</exception>
    public SourceNode ApplyTo(SourceNode file) => Set(file, 0);

    private SourceNode Set(SourceNode? node, int depth)
    {
        if (depth == _steps.Length)
        {
            return _value;
        }

        string step = _steps[depth];
        return node switch
        {
            SourceList list when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index <= list.Items.Count => SetItem(list, index, depth),
            SourceList list => throw Refused(depth, $"is a list of {list.Items.Count}; name one of its items by [0] to [{Math.Max(0, list.Items.Count - 1)}], or add one by [{list.Items.Count}]"),
            SourceMap map => SetField(map, step, depth),
            null or SourceScalar { IsNull: true } => SetField(new SourceMap([], Line), step, depth),
            _ => throw Refused(depth, $"is {node.Kind}, which has no fields"),
        };
    }

    private SourceList SetItem(SourceList list, int index, int depth)
    {
        List<SourceNode> items = [.. list.Items];
        if (index == items.Count)
        {
            items.Add(Set(null, depth + 1));
        }
        else
        {
            items[index] = Set(items[index], depth + 1);
        }

        return list with { Items = items };
    }

    /// <summary>A file may spell a field in snake_case or camelCase.</summary>
    private SourceMap SetField(SourceMap map, string name, int depth)
    {
        List<SourceEntry> entries = [.. map.Entries];
        int index = entries.FindIndex(entry => entry.Key == name || string.Equals(Plain(entry.Key), Plain(name), StringComparison.OrdinalIgnoreCase));
        SourceNode value = Set(index < 0 ? null : entries[index].Value, depth + 1);
        if (index < 0)
        {
            entries.Add(new SourceEntry(name, value, Line));
        }
        else
        {
            entries[index] = entries[index] with { Value = value, Line = depth + 1 == _steps.Length ? Line : entries[index].Line };
        }

        return map with { Entries = entries };
    }

    private CommandException Refused(int depth, string why) =>
        new(ExitCode.BadInput, $"--set {SourceNode.Shortened(_text)} cannot be applied: {(depth == 0 ? "the job file" : string.Join('.', _steps.Take(depth)))} {why}.");

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);

    private static SourceNode Unplaced(SourceNode node) => node switch
    {
        SourceList list => new SourceList([.. list.Items.Select(Unplaced)], Line),
        SourceMap map => new SourceMap([.. map.Entries.Select(entry => new SourceEntry(entry.Key, Unplaced(entry.Value), Line))], Line),
        _ => node with { Line = Line },
    };

    [GeneratedRegex(@"\A(?<field>[^.=\[\]\s]+(\[[0-9]+\])*(\.[^.=\[\]\s]+(\[[0-9]+\])*)*)=(?<value>.*)\z", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Setting();
}
