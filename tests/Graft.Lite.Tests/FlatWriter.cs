using Google.FlatBuffers;

namespace Graft.Lite.Tests;

/// <summary>A table to be written: fields by their number in the schema.</summary>
/// <param name="Fields">The fields: numbers, flags, texts, lists of numbers, tables and lists of tables; null is left out.</param>
internal sealed record FlatNode(params (int Id, object? Value)[] Fields);

/// <summary>Writes tables as a FlatBuffers file.</summary>
internal static class FlatWriter
{
    public static byte[] Write(FlatNode root, string identifier)
    {
        FlatBufferBuilder builder = new(1024) { ForceDefaults = true };
        Dictionary<FlatNode, int> written = new(ReferenceEqualityComparer.Instance);
        builder.Finish(Table(builder, root, written), identifier);
        return builder.SizedByteArray();
    }

    private static int Table(FlatBufferBuilder builder, FlatNode node, Dictionary<FlatNode, int> written)
    {
        if (written.TryGetValue(node, out int place)) return place;
        (int Id, object Value)[] fields = [.. node.Fields.Where(field => field.Value is not null).Select(field => (field.Id, Nested(builder, field.Value!, written)))];
        builder.StartTable(fields.Length == 0 ? 0 : fields.Max(field => field.Id) + 1);
        foreach ((int id, object value) in fields)
        {
            switch (value)
            {
                case bool flag: builder.AddBool(id, flag, false); break;
                case sbyte number: builder.AddSbyte(id, number, 0); break;
                case int number: builder.AddInt(id, number, 0); break;
                case uint number: builder.AddUint(id, number, 0); break;
                case ulong number: builder.AddUlong(id, number, 0); break;
                case float number: builder.AddFloat(id, number, 0); break;
                case Offset offset: builder.AddOffset(id, offset.Place, 0); break;
                default: throw new ArgumentException($"There is no field of the type {value.GetType()}.");
            }
        }

        return written[node] = builder.EndTable();
    }

    private static object Nested(FlatBufferBuilder builder, object value, Dictionary<FlatNode, int> written) => value switch
    {
        string text => new Offset(builder.CreateString(text).Value),
        byte[] bytes => List(builder, 1, bytes.Length, 16, i => builder.AddByte(bytes[i])),
        int[] numbers => List(builder, 4, numbers.Length, 4, i => builder.AddInt(numbers[i])),
        long[] numbers => List(builder, 8, numbers.Length, 8, i => builder.AddLong(numbers[i])),
        float[] numbers => List(builder, 4, numbers.Length, 4, i => builder.AddFloat(numbers[i])),
        FlatNode node => new Offset(Table(builder, node, written)),
        FlatNode[] nodes => Tables(builder, [.. nodes.Select(node => Table(builder, node, written))]),
        _ => value,
    };

    private static Offset Tables(FlatBufferBuilder builder, int[] places) => List(builder, 4, places.Length, 4, i => builder.AddOffset(places[i]));

    private static Offset List(FlatBufferBuilder builder, int elementBytes, int count, int alignment, Action<int> add)
    {
        builder.StartVector(elementBytes, count, alignment);
        for (int i = count - 1; i >= 0; i--) add(i);
        return new Offset(builder.EndVector().Value);
    }

    private sealed record Offset(int Place);
}
