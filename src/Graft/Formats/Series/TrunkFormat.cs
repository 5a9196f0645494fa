using System.Text.Json;
using Graft.Reservoirs.Trunks;

namespace Graft.Formats.Series;

/// <summary>Trunks of sequences in a file: their options as JSON, their weights as arrays under a name of their own.</summary>
internal static class TrunkFormat
{
    private const int MostUnits = 1 << 24, MostInputs = 1 << 20, MostParts = 1 << 16, MostHeld = 1 << 16, MostOrder = 16;

    /// <summary>Writes a trunk as an open JSON object's members.</summary>
    public static void Write(SequenceTrunk trunk, string name, Utf8JsonWriter writer, ArrayWriter arrays)
    {
        switch (trunk)
        {
            case Reservoir reservoir:
                writer.WriteString("type", "reservoir");
                writer.WriteStartObject("options");
                Write(reservoir.Options, writer);
                writer.WriteEndObject();
                ReservoirWeights weights = reservoir.Weights;
                arrays.Add($"{name}.recurrent", weights.Recurrent);
                arrays.Add($"{name}.input", weights.Input);
                arrays.Add($"{name}.feedback", weights.Feedback);
                arrays.Add($"{name}.bias", weights.Bias.ToArray().AsSpan());
                arrays.Add($"{name}.leak_rates", weights.LeakRates.ToArray().AsSpan());
                writer.WriteBoolean("rotates", weights.Rotation is not null);
                if (weights.Rotation is not null) arrays.Add($"{name}.rotation", weights.Rotation);
                break;
            case DeepReservoir deep:
                writer.WriteString("type", "deep");
                WriteParts("layers", deep.Layers);
                break;
            case ParallelReservoir parallel:
                writer.WriteString("type", "parallel");
                writer.WriteNumber("inputs", parallel.Inputs);
                writer.WriteStartArray("inputs_of");
                foreach (IReadOnlyList<int> places in parallel.InputsOf)
                {
                    writer.WriteStartArray();
                    foreach (int place in places) writer.WriteNumberValue(place);
                    writer.WriteEndArray();
                }

                writer.WriteEndArray();
                WriteParts("parts", parallel.Parts);
                break;
            case NonlinearVectorAutoregression products:
                writer.WriteString("type", "nonlinear_vector_autoregression");
                writer.WriteNumber("inputs", products.Inputs);
                writer.WriteNumber("delays", products.Options.Delays);
                writer.WriteNumber("stride", products.Options.Stride);
                writer.WriteArray("orders", products.Options.Orders, writer.WriteNumberValue);
                writer.WriteBoolean("constant", products.Options.Constant);
                break;
            default:
                throw new GraftException($"The .graft format has no name for the trunk '{trunk.GetType().Name}'.");
        }

        void WriteParts(string member, IReadOnlyList<SequenceTrunk> parts)
        {
            writer.WriteStartArray(member);
            for (int i = 0; i < parts.Count; i++)
            {
                writer.WriteStartObject();
                Write(parts[i], $"{name}.{i}", writer, arrays);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    }

    /// <summary>Reads a trunk.</summary>
    public static SequenceTrunk Read(JsonPart part, string name, ArrayReader arrays)
    {
        switch (part["type"].String())
        {
            case "reservoir":
                return ReadReservoir(part, name, arrays);
            case "deep":
                return new DeepReservoir([.. Parts("layers").Select(layer => layer as Reservoir ?? throw part["layers"].Error("must hold reservoirs only."))]);
            case "parallel":
                int inputs = part["inputs"].Int(0, MostInputs);
                return new ParallelReservoir(Parts("parts"), inputs, [.. part["inputs_of"].Items(MostParts).Select(places => (int[])[.. places.Items(MostInputs).Select(place => place.Int(0, MostInputs))])]);
            case "nonlinear_vector_autoregression":
                return ReadProducts(part, arrays);
            default:
                throw part["type"].Error($"must be reservoir, deep, parallel or nonlinear_vector_autoregression, not {WeightFileException.Quote(part["type"].String())}.");
        }

        SequenceTrunk[] Parts(string member) => [.. part[member].Items(MostParts).Select((one, i) => Read(one, $"{name}.{i}", arrays))];
    }

    private static NonlinearVectorAutoregression ReadProducts(JsonPart part, ArrayReader arrays)
    {
        int inputs = part["inputs"].Int(1, MostInputs);
        NonlinearVectorAutoregressionOptions options = new()
        {
            Delays = part["delays"].Int(1, MostInputs),
            Stride = part["stride"].Int(1, MostHeld),
            Orders = [.. part["orders"].Items(MostOrder).Select(order => order.Int(1, MostOrder))],
            Constant = part["constant"].Bool(),
        };

        if ((double)inputs * options.Delays * options.Stride > MostHeld)
            throw part.Error($"holds {inputs} inputs over {options.Delays} delays of {options.Stride} steps, more than {MostHeld} numbers.");

        // The readout has a weight for each product: a few numbers must not ask for more than the file could hold.
        double values = (double)inputs * options.Delays, most = arrays.Rows("readout.weights");
        foreach (int order in (int[])[1, .. options.Orders])
        {
            double products = 1;
            for (int k = 0; k < order; k++) products *= (values + k) / (k + 1);
            if (products > most)
                throw part.Error($"makes {products:g3} products of order {order}, more than the {most} rows of the readout's weights.");
        }

        return new NonlinearVectorAutoregression(options, inputs);
    }

    private static Reservoir ReadReservoir(JsonPart part, string name, ArrayReader arrays)
    {
        int units = arrays.SparseRows($"{name}.recurrent");
        return Reservoir.FromWeights(
            new ReservoirWeights
            {
                Recurrent = arrays.Sparse($"{name}.recurrent", units),
                Input = arrays.Matrix($"{name}.input", units),
                Feedback = arrays.Matrix($"{name}.feedback", units),
                Bias = arrays.Numbers($"{name}.bias", units),
                LeakRates = arrays.Numbers($"{name}.leak_rates", units),
                Rotation = part["rotates"].Bool() ? arrays.Sparse($"{name}.rotation", units) : null,
            },
            ReadOptions(part["options"]));
    }

    private static void Write(ReservoirOptions options, Utf8JsonWriter writer)
    {
        writer.WriteNumber("units", options.Units);
        writer.WriteChoice("precision", options.Precision);
        writer.WriteNumber("seed", options.Seed);
        writer.WriteChoice("topology", options.Topology);
        writer.WriteChoice("distribution", options.Distribution);
        writer.WriteChoice("layout", options.Layout);
        writer.WriteNumber("connections", options.Connections);
        if (options.Density is { } density) writer.WriteNumber("density", density);
        writer.WriteChoice("scaling", options.Scaling);
        writer.WriteNumber("spectral_radius", options.SpectralRadius);
        writer.WriteNumber("input_scaling", options.InputScaling);
        if (options.InputScalings is { } scalings) writer.WriteArray("input_scalings", scalings, writer.WriteNumberValue);
        writer.WriteChoice("input_distribution", options.InputDistribution);
        writer.WriteNumber("input_density", options.InputDensity);
        writer.WriteNumber("bias_scaling", options.BiasScaling);
        writer.WriteNumber("leak_rate", options.LeakRate);
        if (options.LeakRateTo is { } leakTo) writer.WriteNumber("leak_rate_to", leakTo);
        writer.WriteChoice("activation", options.Activation);
        writer.WriteNumber("feedback_scaling", options.FeedbackScaling);
        writer.WriteNumber("feedback_noise", options.FeedbackNoise);
        writer.WriteNumber("state_noise", options.StateNoise);
        if (options.Proximity is { } proximity) writer.WriteNumber("proximity", proximity);
        writer.WriteChoice("rotation", options.Rotation);
        writer.WriteNumber("jump", options.Jump);
        writer.WriteNumber("jump_weight", options.JumpWeight);
        writer.WriteNumber("neighbors", options.Neighbors);
        writer.WriteNumber("rewiring", options.Rewiring);
        writer.WriteBoolean("pass_inputs", options.PassInputs);
        writer.WriteBoolean("square_half", options.SquareHalf);
    }

    private static ReservoirOptions ReadOptions(JsonPart part) => new()
    {
        Units = part["units"].Int(1, MostUnits),
        Precision = part["precision"].Choice<StatePrecision>(),
        Seed = part["seed"].UnsignedLong(),
        Topology = part["topology"].Choice<ReservoirTopology>(),
        Distribution = part["distribution"].Choice<WeightDistribution>(),
        Layout = part["layout"].Choice<WeightLayout>(),
        Connections = part["connections"].Int(1, int.MaxValue),
        Density = part.Find("density")?.Number(),
        Scaling = part["scaling"].Choice<SpectralScaling>(),
        SpectralRadius = part["spectral_radius"].Number(),
        InputScaling = part["input_scaling"].Number(),
        InputScalings = part.Find("input_scalings") is { } scalings ? [.. scalings.Items(MostInputs).Select(scaling => scaling.Number())] : null,
        InputDistribution = part["input_distribution"].Choice<WeightDistribution>(),
        InputDensity = part["input_density"].Number(),
        BiasScaling = part["bias_scaling"].Number(),
        LeakRate = part["leak_rate"].Number(),
        LeakRateTo = part.Find("leak_rate_to")?.Number(),
        Activation = part["activation"].Choice<UnitActivation>(),
        FeedbackScaling = part["feedback_scaling"].Number(),
        FeedbackNoise = part["feedback_noise"].Number(),
        StateNoise = part["state_noise"].Number(),
        Proximity = part.Find("proximity")?.Number(),
        Rotation = part["rotation"].Choice<RotationKind>(),
        Jump = part["jump"].Int(1, int.MaxValue),
        JumpWeight = part["jump_weight"].Number(),
        Neighbors = part["neighbors"].Int(2, int.MaxValue),
        Rewiring = part["rewiring"].Number(),
        PassInputs = part["pass_inputs"].Bool(),
        SquareHalf = part["square_half"].Bool(),
    };
}
