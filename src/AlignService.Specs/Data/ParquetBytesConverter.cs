using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace AlignService.Specs.Data;

/// <summary>Byte columns are read as text that is not marked as such (older writers omit the mark, and JSON columns have another): UTF-8, or an error.</summary>
internal sealed class ParquetBytesConverter : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.ValueSpan.ToArray();

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options)
    {
        if (!Utf8.IsValid(value))
        {
            throw new JsonException($"a column holds {value.Length} bytes that are not UTF-8 text; remove that column, or write it as text.");
        }

        writer.WriteStringValue(value);
    }
}
