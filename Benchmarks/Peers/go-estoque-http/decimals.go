package main

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Decimals are scaled integers: exact, and texts in JSON.
type (
	quantity  int64 // ten-thousandths
	money     int64 // centavos
	unitValue int64 // ten-thousand-millionths of a real
)

var errRange = errors.New("number out of range")

func (q quantity) MarshalText() ([]byte, error) { return appendDecimal(nil, int64(q), 4, 0), nil }
func (q *quantity) UnmarshalText(text []byte) error {
	value, err := parseDecimal(string(text), 4)
	*q = quantity(value)
	return err
}

func (m money) MarshalText() ([]byte, error) { return appendDecimal(nil, int64(m), 2, 2), nil }

func (u unitValue) MarshalText() ([]byte, error) { return appendDecimal(nil, int64(u), 10, 2), nil }
func (u unitValue) digits() string               { return string(appendDecimal(nil, int64(u), 10, 10)) }
func (u *unitValue) UnmarshalText(text []byte) error {
	value, err := parseDecimal(string(text), 10)
	*u = unitValue(value)
	return err
}

// Scan reads one from the database, where it is a text.
func (u *unitValue) Scan(stored any) error {
	switch text := stored.(type) {
	case string:
		return u.UnmarshalText([]byte(text))
	case []byte:
		return u.UnmarshalText(text)
	}
	return fmt.Errorf("unit value: %T", stored)
}

// appendDecimal writes a number with as many decimals as it has, but no fewer than least.
func appendDecimal(text []byte, value int64, scale, least int) []byte {
	if value < 0 {
		text = append(text, '-')
		value = -value
	}
	digits := strconv.FormatInt(value, 10)
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = "00000000000"[:missing] + digits
	}
	whole, fraction := digits[:len(digits)-scale], digits[len(digits)-scale:]
	for len(fraction) > least && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	text = append(text, whole...)
	if fraction != "" {
		text = append(append(text, '.'), fraction...)
	}
	return text
}

func parseDecimal(text string, scale int) (int64, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > scale {
		return 0, fmt.Errorf("number %q: more than %d decimals", text, scale)
	}
	return strconv.ParseInt(whole+fraction+"0000000000"[:scale-len(fraction)], 10, 64)
}

// scaled is a × b ÷ divisor for numbers that are not below zero, halves up.
func scaled(a, b, divisor int64) (int64, error) {
	high, low := bits.Mul64(uint64(a), uint64(b))
	low, carry := bits.Add64(low, uint64(divisor)/2, 0)
	high += carry
	if high >= uint64(divisor) {
		return 0, errRange
	}
	quotient, _ := bits.Div64(high, low, uint64(divisor))
	if quotient > 1<<62 {
		return 0, errRange
	}
	return int64(quotient), nil
}

// balance is what there is of a product at a place; its cost is a moving average.
type balance struct {
	quantity quantity
	cost     money
	unitCost unitValue
}

// move applies a movement and returns what it costs.
func (b *balance) move(moved quantity, unitCost *unitValue) (money, error) {
	price, size, sign := b.unitCost, moved, money(1)
	if unitCost != nil {
		price = *unitCost
	}
	if moved < 0 {
		size, sign = -moved, -1
	}
	cost, err := scaled(int64(size), int64(price), 1_000_000_000_000)
	if err != nil {
		return 0, err
	}
	value := sign * money(cost)
	if moved < 0 && b.quantity+moved == 0 {
		value = -b.cost // the last piece takes what rounding left
	}
	b.quantity += moved
	b.cost += value
	if b.quantity > 0 && b.cost >= 0 {
		average, err := scaled(int64(b.cost), 1_000_000_000_000, int64(b.quantity))
		if err != nil {
			return 0, err
		}
		b.unitCost = unitValue(average)
	}
	return value, nil
}
