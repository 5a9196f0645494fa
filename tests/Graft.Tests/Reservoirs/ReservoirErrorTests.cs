using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using static Graft.Tests.Reservoirs.TestReservoirs;

namespace Graft.Tests.Reservoirs;

/// <summary>What is refused, in whole sentences.</summary>
public class ReservoirErrorTests
{
    public static TheoryData<Func<object>, string> Options => new()
    {
        { () => new ReservoirOptions { Units = 0 }, "A reservoir's number of units is above zero, not 0." },
        { () => new ReservoirOptions { Connections = 0 }, "The number of connections of a unit is above zero, not 0." },
        { () => new ReservoirOptions { Density = 0 }, "A density is above 0 and at most 1, not 0." },
        { () => new ReservoirOptions { Density = 1.5 }, "A density is above 0 and at most 1, not 1.5." },
        { () => new ReservoirOptions { SpectralRadius = -1 }, "A spectral radius is a finite number, 0 or above, not -1." },
        { () => new ReservoirOptions { SpectralRadius = double.NaN }, "A spectral radius is a finite number, 0 or above, not NaN." },
        { () => new ReservoirOptions { InputScaling = -1 }, "The scaling of inputs is a finite number, 0 or above, not -1." },
        { () => new ReservoirOptions { InputScalings = [1, -2] }, "The scaling of inputs is a finite number, 0 or above, not -2." },
        { () => new ReservoirOptions { InputDensity = 0 }, "The density of input weights is above 0 and at most 1, not 0." },
        { () => new ReservoirOptions { BiasScaling = -1 }, "The scaling of biases is a finite number, 0 or above, not -1." },
        { () => new ReservoirOptions { LeakRate = 0 }, "A leak rate is above 0 and at most 1, not 0." },
        { () => new ReservoirOptions { LeakRateTo = 2 }, "A leak rate is above 0 and at most 1, not 2." },
        { () => new ReservoirOptions { FeedbackScaling = -1 }, "The scaling of feedback is a finite number, 0 or above, not -1." },
        { () => new ReservoirOptions { FeedbackNoise = -1 }, "The noise of feedback is a finite number, 0 or above, not -1." },
        { () => new ReservoirOptions { StateNoise = -1 }, "The noise of states is a finite number, 0 or above, not -1." },
        { () => new ReservoirOptions { Proximity = 1 }, "The proximity of an edge-of-stability reservoir is above 0 and below 1, not 1. Leave it out for leaky units." },
        { () => new ReservoirOptions { Jump = 0 }, "The length of a jump is above zero, not 0." },
        { () => new ReservoirOptions { JumpWeight = -1 }, "The weight of jumps is a finite number, 0 or above, not -1." },
        { () => new ReservoirOptions { Neighbors = 3 }, "A small world's number of neighbours is even and above zero, not 3: half of them lie on each side." },
        { () => new ReservoirOptions { Rewiring = 2 }, "The probability of rewiring is between 0 and 1, not 2." },
        { () => new NonlinearVectorAutoregressionOptions { Delays = 0 }, "The number of delays is above zero, not 0." },
        { () => new NonlinearVectorAutoregressionOptions { Stride = 0 }, "The stride of delays is above zero, not 0." },
        { () => new NonlinearVectorAutoregressionOptions { Orders = [1] }, "Products of values have an order of 2 or more, not 1. The values themselves are features in any case." },
        { () => new IntrinsicPlasticityOptions { Mean = 1 }, "The mean of a tanh unit's values lies between -1 and 1, not at 1." },
        { () => new IntrinsicPlasticityOptions { Deviation = 0 }, "The standard deviation of a tanh unit's values lies between 0 and 1, not at 0." },
        { () => new IntrinsicPlasticityOptions { LearningRate = 0 }, "A learning rate is a finite number above zero, not 0." },
        { () => new IntrinsicPlasticityOptions { Epochs = 0 }, "The number of epochs is above zero, not 0." },
    };

    public static TheoryData<Func<object>, string> Combinations => new()
    {
        { () => Reservoir.Create(new() { InputScalings = [1] }, 2), "InputScalings has 1 numbers for 2 inputs. Give one for each input, or InputScaling for all." },
        { () => Reservoir.Create(new() { Proximity = 0.5, LeakRate = 0.5 }), "Proximity makes an edge-of-stability reservoir, whose units have no leak; LeakRate is 0.5. Leave one of the two out." },
        { () => Reservoir.Create(new() { Proximity = 0.5, LeakRateTo = 0.5 }), "Proximity makes an edge-of-stability reservoir, whose units have no leak; LeakRate is 1 to 0.5. Leave one of the two out." },
        { () => Reservoir.Create(new() { Units = 5, Topology = ReservoirTopology.CycleWithJumps }), "A jump of 5 units does not fit a cycle of 5. Shorten the jump or add units." },
        { () => Reservoir.Create(new() { Units = 10, Topology = ReservoirTopology.SmallWorld }), "A small world of 10 units can't have 10 neighbours a unit. Lower Neighbors or add units." },
        { () => Reservoir.Create(new() { Units = 2, Density = 1, Distribution = WeightDistribution.Bernoulli, Seed = Nilpotent }), $"The recurrent weights of seed {Nilpotent} have a spectral radius of 0, which nothing scales. Choose another seed, add units, or set Scaling to Norm." },
        { () => new NonlinearVectorAutoregression(new() { Delays = 50, Orders = [4] }, 10), "500 values, 50 of each of 10 series, have 2656615625 products up to order 4; the limit is 1048576. Lower the delays or the order." },
        { () => new DeepReservoir([]), "A deep reservoir has at least one layer; none was given." },
        { () => new DeepReservoir([Made(2, 1), Made(5, 1)]), "Layer 1 of a deep reservoir reads the 20 units of the layer below, or these and the 2 inputs; this one reads 5. Create it with 20 or 22 inputs." },
        { () => new DeepReservoir([Made(2, 1), Made(20, 0)]), "All layers of a deep reservoir are fed the same outputs: layer 0 reads 1, layer 1 0." },
        { () => new ParallelReservoir([], 2), "A parallel reservoir has at least one part; none was given." },
        { () => new ParallelReservoir([Made(2, 0)], 2, [[0], [1]]), "A parallel reservoir of 1 parts names the inputs of each; 2 lists were given." },
        { () => new ParallelReservoir([Made(1, 0)], 2, [[2]]), "Part 0 of a parallel reservoir reads input 2; there are inputs 0 to 1." },
        { () => new ParallelReservoir([Made(1, 0)], 2), "Part 0 of a parallel reservoir reads 1 series; 2 inputs are given to it." },
        { () => new ParallelReservoir([Made(2, 2), Made(2, 1)], 2), "All parts of a parallel reservoir that have feedback are fed the same 2 outputs; part 1 reads 1." },
        { () => Reservoir.FromWeights(Weights() with { Input = new Matrix(3, 2) }), "A reservoir of 37 units has 37 rows of input weights, not 3." },
        { () => Reservoir.FromWeights(Weights() with { Feedback = new Matrix(3, 2) }), "A reservoir of 37 units has 37 rows of feedback weights, not 3." },
        { () => Reservoir.FromWeights(Weights() with { Bias = [1] }), "A reservoir of 37 units has 37 biases, not 1." },
        { () => Reservoir.FromWeights(Weights() with { LeakRates = [1] }), "A reservoir of 37 units has 37 leak rates, not 1." },
        { () => Reservoir.FromWeights(Weights() with { LeakRates = [.. Enumerable.Repeat(2.0, 37)] }), "A leak rate is above 0 and at most 1, not 2." },
        { () => Reservoir.FromWeights(Weights() with { Rotation = new SparseMatrix(1, 1, [0, 1], [0], [1]) }), "A reservoir of 37 units has 37 rows of the rotation, not 1." },
        { () => Reservoir.FromWeights(Weights() with { Recurrent = new SparseMatrix(0, 0, [0], [], []) }), "A reservoir has at least one unit; these weights have none." },
        { () => IntrinsicPlasticity.Adapt(Reservoir.FromWeights(Weights(), new() { Activation = UnitActivation.Identity }), Inputs, Teacher, cancellation: TestContext.Current.CancellationToken), "Intrinsic plasticity is defined for tanh units; these are linear. Leave it out, or choose the activation Tanh." },
        { () => IntrinsicPlasticity.Adapt(Reservoir.FromWeights(Weights()), Inputs, cancellation: TestContext.Current.CancellationToken), "A run of 25 steps through this trunk needs 25 x 1 outputs to feed back; none was given. Pass the targets as the teacher." },
        { () => new SparseMatrix(2, 2, [0, 1], [0], [1]), "A sparse matrix of 2 rows has 3 row starts, from 0 to the number of values, and a column for each value; 2 starts, 1 column and 1 value do not fit." },
        { () => new SparseMatrix(2, 2, [0, 3, 2], [0, 1], [1, 1]), "Row 1 of a sparse matrix ends at 2, before its start at 3. Row starts never fall." },
        { () => new SparseMatrix(1, 2, [0, 2], [1, 1], [1, 1]), "Row 0 of a sparse matrix names column 1 after column 1; columns rise and stay below 2. Sort each row and name a column once." },
        { () => new SparseMatrix(1, 2, [0, 1], [0], [double.NaN]), "A sparse matrix needs finite values; value 0 of 1 is NaN. Remove or replace it." },
    };

    public static TheoryData<Action<SequenceSession>, string> Runs => new()
    {
        { session => session.Step(new double[5], new double[2], new double[74]), "A step of 2 sequences has 2 x 2 inputs, not 5. Lay them out sequence after sequence." },
        { session => session.Step(new double[4], [], new double[74]), "A step of 2 sequences has 2 x 1 outputs fed back, not 0. Lay them out sequence after sequence." },
        { session => session.Step(new double[4], new double[2], new double[37]), "A step of 2 sequences has 2 x 37 features, not 37. Lay them out sequence after sequence." },
        { session => session.Step([1, 2, double.NaN, 4], new double[2], new double[74]), "A step of a sequence needs finite values; value 2 of 4 is NaN. Remove or replace it." },
        { session => session.State = new double[37], "The state of 2 sequences has 74 numbers, 37 each, not 37. Give one that was saved from a session of this trunk with as many sequences." },
        { session => session.States(Inputs, Teacher), "Run takes a session of one sequence; this one has 2. Call Step." },
        { session => session.Trunk.States(Teacher, Teacher), "This trunk reads 2 series, not 1. Give a matrix with a row for each step and a column for each series." },
        { session => session.Trunk.States(Inputs), "A run of 25 steps through this trunk needs 25 x 1 outputs to feed back; none was given. Pass the targets as the teacher." },
        { session => session.Trunk.States(Inputs, Inputs), "A run of 25 steps through this trunk needs 25 x 1 outputs to feed back; a matrix of 25 x 2 was given. Pass the targets as the teacher." },
        { session => session.Trunk.States(Inputs, Teacher, washout: 26), "The washout is between 0 and the 25 steps of the sequence, not 26. Choose less, or give a longer sequence." },
        { session => session.Trunk.States(new Matrix(1, 2, [1, double.PositiveInfinity]), new Matrix(1, 1)), "A reservoir needs finite values; value 1 of 2 is Infinity. Remove or replace it." },
        { session => session.Trunk.RunAll([Inputs], [], cancellation: TestContext.Current.CancellationToken), "A run of 1 sequences takes a teacher for each, not 0." },
    };

    /// <summary>A seed that draws the signs + + - - or the like: a matrix whose square is 0.</summary>
    private static ulong Nilpotent
    {
        get
        {
            for (ulong seed = 0; ; seed++)
            {
                ReadOnlySpan<double> w = Reservoir.Create(new() { Units = 2, Density = 1, Distribution = WeightDistribution.Bernoulli, Seed = seed, Scaling = SpectralScaling.None }).Weights.Recurrent.Values;
                if (w[0] + w[3] == 0 && w[0] * w[3] == w[1] * w[2]) return seed;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Options), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Combinations), DisableDiscoveryEnumeration = true)]
    public void WhatCanNotBeIsRefused(Func<object> make, string message) => Assert.Equal(message, Assert.Throws<GraftException>(make).Message);

    [Theory]
    [MemberData(nameof(Runs), DisableDiscoveryEnumeration = true)]
    public void WhatDoesNotFitASessionIsRefused(Action<SequenceSession> act, string message)
    {
        using SequenceSession session = Reservoir.FromWeights(Weights()).CreateSession(2);
        Assert.Equal(message, Assert.Throws<GraftException>(() => act(session)).Message);
        Assert.Equal(0, session.Time);
    }

    private static Reservoir Made(int inputs, int outputs) => Reservoir.Create(new() { Units = 20 }, inputs, outputs);
}
