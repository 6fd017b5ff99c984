using System.Collections;
using Google.Protobuf.Reflection;

namespace AlignService.Specs.Binding;

/// <summary>Writes records to the wire, with every value that is set.</summary>
/// <param name="withInlineData">Whether inline data is also written.</param>
internal sealed class RecordWriter(bool withInlineData)
{
    /// <summary>Whether inline data was left out of what was written.</summary>
    public bool LeftDataOut { get; private set; }

    /// <param name="record">The settings.</param>
    /// <param name="scope">The record's message; missing messages are created.</param>
    public void Write(object record, MessageScope scope)
    {
        foreach (BoundProperty property in BoundRecord.PropertiesOf(record.GetType()).Where(property => property.IsIn(scope)))
        {
            object? value = property.Property.GetValue(record);
            if (property.Setting is not null)
            {
                WriteSetting(property, value, scope);
            }
            else if (value is not null)
            {
                WriteGroup(value, scope.Resolve(property.Path), property.Type);
            }
        }
    }

    private void WriteGroup(object value, MessageScope scope, Type declared)
    {
        scope.Require();
        if (BoundRecord.UnionOf(declared) is { } union)
        {
            scope = scope.Child(union.Kinds.Single(kind => kind.Value == value.GetType()).Key);
            scope.Require();
        }

        Write(value, scope);
    }

    private void WriteSetting(BoundProperty property, object? value, MessageScope scope)
    {
        (MessageScope owner, FieldDescriptor field) = scope.ResolveField(property.Path);
        if (property.Setting!.IsInlineData && !withInlineData) // groups are written above
        {
            if (value is IList { Count: > 0 } rows)
            {
                InlineSummary.Of(rows, property.Converter!).WriteTo(owner.Require(), field); // inline data has a converter
                LeftDataOut = true;
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
                WriteList(property, items, owner, field);
                break;
            default:
                field.Accessor.SetValue(owner.Require(), ValueConversion.Write(value, field));
                break;
        }
    }

    private void WriteList(BoundProperty property, IEnumerable items, MessageScope owner, FieldDescriptor field)
    {
        var list = (IList)field.Accessor.GetValue(owner.Require());
        IWireConverter? converter = property.Converter;
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
                WriteGroup(item, scope, property.Type);
                list.Add(scope.Require());
            }
        }
    }
}
