using AlignService.Specs.Binding;
using Google.Protobuf.Reflection;
using Xunit;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Tests;

/// <summary>Every setting of the wire has one declaration, and every declaration a field.</summary>
public sealed class SettingDeclarationTests
{
    /// <summary>Rows of data, which are no settings.</summary>
    private static readonly string[] Data = ["Prompt", "Example", "Preference"];

    [Fact]
    public void EveryFieldOfASpec_HasExactlyOneProperty_AndTheOtherWayRound()
    {
        string[] fields = [.. Fields(Wire.JobSpec.Descriptor, "").Order(StringComparer.Ordinal)];
        string[] declared = [.. SettingCatalog.All.Select(setting => setting.Path.Replace("[0]", "[]", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(fields, declared.Distinct());

        // What all kinds of reward have in common is met once for each kind.
        Assert.Equal(["evaluation.rewards[].name", "evaluation.rewards[].weight", "grpo.rewards[].name", "grpo.rewards[].weight"], declared.GroupBy(path => path).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void EveryNumber_HasBoundsOrAWordOfItsOwn()
    {
        Assert.All(SettingCatalog.All.Where(setting => setting.Field is { FieldType: FieldType.Int32, IsRepeated: false }), setting =>
            Assert.True(setting.Interval.Length > 0, $"{setting.Path} is a whole number without bounds"));
    }

    /// <summary>The default must be a value that the bounds allow.</summary>
    [Fact]
    public void EveryDefault_LiesWithinItsBounds()
    {
        foreach (DeclaredSetting setting in SettingCatalog.All.Where(setting => setting.Default is int or double))
        {
            double value = Convert.ToDouble(setting.Default, null);
            Assert.True((setting.Declaration.ZeroIsOff && value == 0) || Bounds.Of(setting.Declaration).FindFault(value) is null, $"{setting.Path} is {value} by default, outside {setting.Interval}");
        }
    }

    /// <summary>A hint must not name what is a field of the same block already.</summary>
    [Fact]
    public void AnAlias_IsNoFieldOfItsOwnMessage()
    {
        foreach (DeclaredSetting setting in SettingCatalog.All)
        {
            Assert.All(SettingCatalog.AliasesOf(setting.Field), alias => Assert.Null(setting.Field.ContainingType.FindFieldByName(alias)));
        }
    }

    private static IEnumerable<string> Fields(MessageDescriptor message, string path)
    {
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            string place = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            bool isGroup = field.FieldType == FieldType.Message && !field.IsMap && field.MessageType.File.Package == "align.v1" && !Data.Contains(field.MessageType.Name);
            if (!isGroup)
            {
                yield return place;
                continue;
            }

            if (field.IsRepeated)
            {
                yield return place;
                place += "[]";
            }

            foreach (string inner in Fields(field.MessageType, place))
            {
                yield return inner;
            }
        }
    }
}
