using Graft.Generators;

namespace Graft.Tests.Generators;

/// <summary>The language of the templates that tiles are written in.</summary>
public class TemplateTests
{
    [Theory]
    [InlineData("a\nb", "a\nb\n")]
    [InlineData("$for i in 0..3\nc${i}\n$end\nz", "c0\nc1\nc2\nz\n")]
    [InlineData("$for i in 8, 4\n$for j in 1..i / 4\n${i}x${j + 1}\n$end\n$end", "8x2\n")]
    [InlineData("$for i in 0..0\nnever\n$end", "")]
    [InlineData("$for name in Min, Max\nV.${name}(x)\n$end", "V.Min(x)\nV.Max(x)\n")]
    [InlineData("$for i in 0..4\n$if i % 2 == 0 && i > 0\n${i}\n$else\nodd or 0\n$end\n$end", "odd or 0\nodd or 0\n2\nodd or 0\n")]
    [InlineData("$for i in 1, 2\n  $if i == 3 || i == 2\n    ${3 * (i + 1) - 1}\n  $end\n$end", "    8\n")]
    [InlineData("{ int x = 1; } // $5 $format", "{ int x = 1; } // $5 $format\n")]
    public void LoopsAndChoicesAreWrittenOut(string template, string expected) => Assert.Equal(expected, Template.Expand(template));

    [Theory]
    [InlineData("$for i in 0..2\nx", "line 1: '$for i in 0..2' has no $end.")]
    [InlineData("x\n$end", "line 2: '$end' ends nothing.")]
    [InlineData("$for i of 2\n$end", "line 1: '$for i of 2' is not of the form '$for i in 0..7' or '$for i in 8, 4, 1'.")]
    [InlineData("${j}", "'j' in 'j' is neither a number nor a variable.")]
    [InlineData("${1 +}", "'1 +' ends too early.")]
    [InlineData("${(1}", "'(1' lacks a bracket.")]
    [InlineData("${1 2}", "'1 2' goes on after its end.")]
    [InlineData("${#}", "'#' is not an expression.")]
    public void WhatIsWrongIsSaid(string template, string message) => Assert.Equal(message, Assert.Throws<FormatException>(() => Template.Expand(template)).Message);
}
