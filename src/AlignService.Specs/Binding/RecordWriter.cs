using System.Collections;
using Google.Protobuf.Reflection;

namespace AlignService.Specs.Binding;

/// <summary>Writes records to the wire, with every value that is set.</summary>
internal static class RecordWriter
{
    /// <param name="record">The settings.</param>
    /// <param name="scope">The record's message; missing messages are created.</param>
    /// <param name="withInlineData">Whether inline data is also written.</param>
    public static void Write(object record, MessageScope scope, bool withInlineData)
    {
        foreach (BoundProperty property in BoundRecord.PropertiesOf(record.GetType()).Where(property => property.IsIn(scope)))
        {
            object? value = property.Property.GetValue(record);
            if (property.Setting is not null)
            {
                WriteSetting(property, value, scope, withInlineData);
            }
            else if (value is not null)
            {
                WriteGroup(value, scope.Resolve(property.Path), withInlineData, property.Type);
            }
        }
    }

    private static void WriteGroup(object value, MessageScope scope, bool withInlineData, Type declared)
    {
        scope.Require();
        if (BoundRecord.UnionOf(declared) is { } union)
        {
            scope = scope.Child(union.Kinds.Single(kind => kind.Value == value.GetType()).Key);
            scope.Require();
        }

        Write(value, scope, withInlineData);
    }

    private static void WriteSetting(BoundProperty property, object? value, MessageScope scope, bool withInlineData)
    {
        (MessageScope owner, FieldDescriptor field) = scope.ResolveField(property.Path);
        if (property.Setting!.IsInlineData && !withInlineData) // groups are written above
        {
            if (value is IList { Count: > 0 } rows)
            {
                InlineSummary.Of(rows, ConverterOf(property)!).WriteTo(owner.Require(), field); // inline data has a converter
            }

            return;
        }

        if (property.Setting.StandsFor.Length > 0 && value is 0)
        {
            return;
        }

        switch (value)
        {
            case null when property.Setting.ZeroIsOff:
                field.Accessor.SetValue(owner.Require(), field.FieldType == FieldType.Double ? (object)0.0 : 0);
                break;
            case null or "":
                break;
            case IReadOnlyDictionary<string, string> map:
                var target = (IDictionary)field.Accessor.GetValue(owner.Require());
                foreach ((string key, string text) in map)
                {
                    target.Add(key, text);
                }

                break;
            case IEnumerable items when property.IsList:
                WriteList(property, items, owner, field, withInlineData);
                break;
            default:
                field.Accessor.SetValue(owner.Require(), ValueConversion.Write(value, field));
                break;
        }
    }

    private static void WriteList(BoundProperty property, IEnumerable items, MessageScope owner, FieldDescriptor field, bool withInlineData)
    {
        var list = (IList)field.Accessor.GetValue(owner.Require());
        IWireConverter? converter = ConverterOf(property);
        foreach (object item in items)
        {
            if (field.FieldType != FieldType.Message)
            {
                list.Add(ValueConversion.Write(item, field));
            }
            else if (converter is not null)
            {
                list.Add(converter.Write(item));
            }
            else
            {
                MessageScope scope = owner.Item(field, null, list.Count);
                WriteGroup(item, scope, withInlineData, property.Type);
                list.Add(scope.Require());
            }
        }
    }

    private static IWireConverter? ConverterOf(BoundProperty property) => ((WireDataAttribute?)Attribute.GetCustomAttribute(property.Type, typeof(WireDataAttribute)))?.Converter;
}
