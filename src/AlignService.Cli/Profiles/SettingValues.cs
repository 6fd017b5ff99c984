using System.Collections;
using System.Globalization;
using AlignService.Specs;
using AlignService.Specs.Binding;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace AlignService.Cli.Profiles;

/// <summary>The values of a message by their paths, as a job file would name and write them.</summary>
internal static class SettingValues
{
    /// <summary>In the order of the fields' numbers, without unset fields, lists of messages, and what the server writes.</summary>
    public static IReadOnlyDictionary<string, string> Of(IMessage message) => new OrderedDictionary<string, string>(Flatten(message, ""));

    private static IEnumerable<KeyValuePair<string, string>> Flatten(IMessage message, string path)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InFieldNumberOrder().Where(field => !SettingCatalog.IsWritten(field) && (!field.IsRepeated || field.FieldType is not FieldType.Message)))
        {
            string name = path + field.Name;
            if (field.IsRepeated)
            {
                var items = (IList)field.Accessor.GetValue(message);
                if (items.Count > 0)
                {
                    yield return KeyValuePair.Create(name, $"[{string.Join(", ", items.Cast<object>().Select(item => Text(field, item)))}]");
                }

                continue;
            }

            object? value = field.HasPresence && !field.Accessor.HasValue(message) ? null : field.Accessor.GetValue(message);
            switch (value)
            {
                case null:
                    break;
                case IMessage inner:
                    foreach (KeyValuePair<string, string> pair in Flatten(inner, $"{name}."))
                    {
                        yield return pair;
                    }

                    break;
                default:
                    yield return KeyValuePair.Create(name, Text(field, value));
                    break;
            }
        }
    }

    private static string Text(FieldDescriptor field, object value) => value switch
    {
        Enum => EnumNames.Short(field.EnumType, field.EnumType.FindValueByNumber(Convert.ToInt32(value, CultureInfo.InvariantCulture)).Name),
        bool flag => flag ? "true" : "false",
        double number => number.ToString(CultureInfo.InvariantCulture).ToLowerInvariant(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
